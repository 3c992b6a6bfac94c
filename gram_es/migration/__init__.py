"""Change the model or the index of a live shop: fill, copy, compare, switch, roll back, prune."""
