"""Backtests (B-12): asked for, carried out in slices by their job, told with their figures."""
