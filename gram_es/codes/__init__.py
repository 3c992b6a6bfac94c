"""Text codes: the codebook, its trie over token ids, and the beam search that decodes them."""
