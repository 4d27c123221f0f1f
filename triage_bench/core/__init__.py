"""The nouns everything else is made of, and the few tools everyone needs. NumPy at most."""
