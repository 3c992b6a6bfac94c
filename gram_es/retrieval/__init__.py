"""The search: query bodies and rerank (pure), the searcher (I/O), the results."""
