"""The model: an encoder of queries and products, and the codes that their vectors imply."""
