"""Evaluation: measure searches against judged queries, and compare them with baselines."""
