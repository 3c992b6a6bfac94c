"""The way from a raw row of a feed to a product."""
