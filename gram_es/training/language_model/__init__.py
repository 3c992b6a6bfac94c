"""Train a language model to find codes: stages as in GRAM, one loss a module."""
