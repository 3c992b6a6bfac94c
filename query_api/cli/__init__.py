"""The commands ``serve``, ``search`` and ``codes``, and their output."""
