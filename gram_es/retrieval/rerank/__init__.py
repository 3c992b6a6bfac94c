"""Sort the result window by a blend of scorer, text, lexical features and feedback."""
