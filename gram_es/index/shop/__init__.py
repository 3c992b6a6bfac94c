"""An index of a shop's own, into whose documents only codes are written."""
