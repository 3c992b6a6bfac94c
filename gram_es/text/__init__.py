"""Text processing shared by queries and products: normal form, stems, spelling correction."""
