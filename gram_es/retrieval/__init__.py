"""The search: from a request to a page of hits, with its ranking explained."""
