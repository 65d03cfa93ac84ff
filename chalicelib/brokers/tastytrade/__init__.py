"""tastytrade: certification and live, over its Open API (wire/tastytrade.md)."""
