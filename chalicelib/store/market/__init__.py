"""Rows of the market: snapshots, held legs, closings."""
