"""Rows of requests: keys, counters, calls of tools."""
