"""Text, the same on both sides: what queries and products look like to every other module."""
