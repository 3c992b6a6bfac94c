"""Reports on what the index stores for one product, for one code and for all codes."""
