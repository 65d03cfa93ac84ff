"""Histories that were loaded: the product's own columns of chains, and daily facts beside them (B-12)."""
