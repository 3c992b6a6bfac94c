"""The commands of ingest, training and feeds."""
