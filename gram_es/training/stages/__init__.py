"""The training stages, one file each with its loss."""
