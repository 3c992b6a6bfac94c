"""The check of a feed: how each of its names is read, and which rows are bad."""
