"""Category paths of rows, in texts and in JSON."""
