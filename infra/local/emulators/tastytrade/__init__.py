"""tastytrade: certification and live, as wire/tastytrade.md has it."""
