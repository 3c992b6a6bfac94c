"""The final order of the result window: a blend of scorer, text, lexical features, feedback."""
