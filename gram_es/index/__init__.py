"""Elasticsearch: the local node, the client, the index's life and the products' documents."""
