"""CoinGecko's public API, as its documentation has it."""
