"""Modules that all endpoints use: context, headers, admission, metrics, logs, error responses."""
