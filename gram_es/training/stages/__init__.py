"""The training stages and their losses."""
