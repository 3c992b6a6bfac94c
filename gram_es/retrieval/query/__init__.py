"""What a query means: its normal form, identifier, correction and codes."""
