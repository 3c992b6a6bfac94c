"""The training stages; a stage is one file, its loss included."""
