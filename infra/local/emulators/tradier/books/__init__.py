"""Tradier's side of orders and accounts: what is taken, filled, refused and held."""
