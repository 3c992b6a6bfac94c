"""The index templates of gram-es: put them, and find those that are missing, edited or foreign."""
