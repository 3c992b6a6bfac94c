"""The check of a feed: what is read as what, and what looks wrong."""
