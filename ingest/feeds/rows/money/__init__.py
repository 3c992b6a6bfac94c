"""Amounts of money in rows: prices, their currencies, and when a sale is on."""
