"""What ktas-sim is made of: a law of acuity, a grammar of Korean complaints, and the words as data.

``axes.toml`` and ``complaints/*.toml`` hold the medicine and the phrases, ``speech.toml`` the
manners of speakers; the Python files beside them say how facts become a level and a sentence.
"""
