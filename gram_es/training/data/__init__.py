"""What training reads: catalogue, codebook, query pairs, postings, batches."""
