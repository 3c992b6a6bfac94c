"""The model: an encoder of queries and products, and a decoder that generates codes."""
