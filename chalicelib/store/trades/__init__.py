"""Rows of trades and of what belongs to them."""
