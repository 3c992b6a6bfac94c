"""Training: build a model folder from a product feed and relevance judgments."""
