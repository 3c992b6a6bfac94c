"""Text codes: the codebook, the trie of their token ids, and the beam search over the trie."""
