"""A pretrained causal language model: how likely it finds a text after a prompt."""
