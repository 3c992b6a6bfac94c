"""GRAM, the Generative Retrieval and Alignment Model, for Elasticsearch."""

__version__ = "0.1.0"
