"""The model: an encoder with one prompt for queries and one for products, and a decoder."""
