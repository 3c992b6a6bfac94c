"""From a feed's row to a product."""
