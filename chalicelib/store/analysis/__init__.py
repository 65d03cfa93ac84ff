"""Rows that analysis reads and writes."""
