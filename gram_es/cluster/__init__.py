"""The connection to Elasticsearch, and the local node."""
