"""``POST /instantsearch``: searches in the requests and responses of Algolia's InstantSearch."""
