"""Find words that shoppers use and the catalogue lacks, by an encoder and a language model."""
