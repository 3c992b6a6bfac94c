"""schema.org JSON-LD: scripts of pages, tolerant JSON, references, groups, offers, products."""
