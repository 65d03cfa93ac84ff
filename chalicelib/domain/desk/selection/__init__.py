"""Every structure of a chain that fits a strategy, ranked by what it is worth."""
