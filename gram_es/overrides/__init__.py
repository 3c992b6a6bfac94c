"""Overrides: rules by which people lock, ban or pin codes; they take precedence over the model."""
