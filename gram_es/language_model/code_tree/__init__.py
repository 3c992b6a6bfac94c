"""The tree of the codes' tokens, and the search of a language model along it."""
