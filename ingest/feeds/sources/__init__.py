"""Where a feed comes from: a file, a folder, a download, an index."""
