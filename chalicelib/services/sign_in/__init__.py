"""People and their way in: tokens, password, second factor, and whoever leaves."""
