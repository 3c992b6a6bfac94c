"""The conditions in a query's words: prices, orders and exclusions, and the text without them."""
