"""What the index holds of a product, of a code, and of all codes, for people who look into it."""
