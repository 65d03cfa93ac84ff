"""Charles Schwab's Trader API and market data, as wire/schwab.md has them."""
