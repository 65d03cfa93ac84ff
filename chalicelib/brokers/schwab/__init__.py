"""Charles Schwab: live accounts, over its Trader API (wire/schwab.md)."""
