"""The ledger: runs and their batches, the outcome of every row, dead letters, reports."""
