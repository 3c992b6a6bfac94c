"""Calibration: fit the constants of a trained model on held-out queries."""
