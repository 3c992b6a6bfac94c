"""The views: the contents of each page as plain records, which a template then renders."""
