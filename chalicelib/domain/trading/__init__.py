"""Rules of trades and orders: states, limits, booking, the next step."""
