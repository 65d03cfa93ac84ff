"""Rows of jobs, health and what is pruned."""
