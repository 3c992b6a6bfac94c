"""Keep inferred codes true: what codes and products claim, and which claims contradict."""
