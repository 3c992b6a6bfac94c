"""Sources of feeds: a file, a folder, a download, an index."""
