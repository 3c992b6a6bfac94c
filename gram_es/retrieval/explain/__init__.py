"""Why a product is on a page, or is not."""
