"""Binance's signed calls over the simulated coins: accounts, orders, order lists (wire, 2 to 7)."""
