"""The shared text codes: the codebook, its trie, and the beam search over it."""
