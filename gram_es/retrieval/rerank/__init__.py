"""Sort the result window by a blend of scorer, text, codes and other features."""
