"""Whether the product of a row is for sale: its availability, and whether the shop has withdrawn it."""
