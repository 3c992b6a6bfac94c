"""Elastic's minimal distribution as a local node."""
