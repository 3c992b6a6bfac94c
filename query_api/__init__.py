"""The query layer: search over HTTP, the search page, and the commands that search."""
