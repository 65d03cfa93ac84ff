"""The simulated market: instruments, paths of prices, chains, quotes and sessions."""
