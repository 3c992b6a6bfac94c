"""Text codes: the codebook, what products state, what contradicts them, and how codes score.

The trie and the beam search serve models that generate codes token by token.
"""
