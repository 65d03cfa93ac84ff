"""Coins on paper: the minute's tick (C-05)."""
