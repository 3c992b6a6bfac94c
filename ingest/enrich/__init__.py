"""Enrich a shop's own index: read its documents, and write the codes of a model into them."""
