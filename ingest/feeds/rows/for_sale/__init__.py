"""Whether the product of a row is for sale: its availability, and what a shop has withdrawn."""
