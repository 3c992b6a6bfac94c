"""Runs and their batches in the ledger: outcomes, dead letters, reports."""
