"""The model: one encoder, one shallow decoder, two prompts."""
