"""The Elasticsearch client and the local node."""
