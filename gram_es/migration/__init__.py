"""Change the model or the index of a live shop.

A migration fills a slot with the new model's codes, copies the documents to a new index if one is
needed, compares both models, and switches. A change can be rolled back until the old slot or index
is pruned.
"""
