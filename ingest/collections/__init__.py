"""Public test collections of product search, as they are published: products and judgments."""
