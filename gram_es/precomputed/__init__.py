"""Frequent queries, whose codes are computed ahead."""
