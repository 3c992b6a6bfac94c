"""The final order of the result window: scorer, text, lexical features, feedback."""
