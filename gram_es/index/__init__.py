"""The products index: its templates, aliases, slots and documents, and how to read and write it."""
