"""Binance's public market data over the simulated coins, in its words, with its limits (wire/binance.md)."""
