"""Binance's spot market, testnet and live, as a broker of coins (C-06, wire/binance.md)."""
