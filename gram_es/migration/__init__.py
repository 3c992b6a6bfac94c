"""Another model for an index that is in use: fill its slot, compare, switch, go back, clear up."""
