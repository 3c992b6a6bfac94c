"""The connection to Elasticsearch, and a local Elasticsearch node to try gram-es with."""
