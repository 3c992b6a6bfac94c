"""The data that training uses: catalogue, codebook, query pairs, postings, batches."""
