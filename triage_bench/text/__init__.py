"""From texts to integers: tokenizers, their cache, and exact n-gram TF-IDF from counts made once."""
