"""Tradier's REST interface, sandbox and live, as the wire notes describe it."""
