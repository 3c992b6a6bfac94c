"""Tables: CSV, TSV and Shopify's export; their headers, records and cells."""
