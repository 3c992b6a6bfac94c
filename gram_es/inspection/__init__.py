"""Reports on what the index stores: of one product, of one code, of all codes."""
