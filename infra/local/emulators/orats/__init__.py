"""The option data vendor ORATS, version 2 of its interface."""
