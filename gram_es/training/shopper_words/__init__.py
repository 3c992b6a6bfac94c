"""Find words that shoppers use and the catalogue lacks, by a language model."""
