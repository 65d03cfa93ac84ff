"""Rows of broker accounts: leases, call budgets, what was last read of them, the paper books."""
