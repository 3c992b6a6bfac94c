"""The product exports of shop systems: how their columns are named and what their rows mean."""
