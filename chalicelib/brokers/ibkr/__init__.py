"""Interactive Brokers over its Web API, signed by OAuth 1.0a (wire/ibkr.md, 5 to 11)."""
