"""The HTML pages: the search page for shoppers, and pages on products and codes for maintainers."""
