"""The check of a feed: how each column or element is read, and which rows are bad."""
