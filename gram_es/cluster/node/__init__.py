"""A local Elasticsearch node: download the distribution, start it, stop it, read its state."""
