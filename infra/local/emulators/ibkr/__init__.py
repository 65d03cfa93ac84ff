"""Interactive Brokers' Web API over OAuth 1.0a, as wire/ibkr.md has it."""
