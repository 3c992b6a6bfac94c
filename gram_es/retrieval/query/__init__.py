"""The meaning of a query: its normal form, correction, identifier and codes."""
