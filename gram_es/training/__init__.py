"""Training: from a product feed and judgments to a model folder."""
