"""Ingest product feeds: read rows, queue batches, enrich them, write them to Elasticsearch."""
