"""The knowledge server: tools over a user's own trades by the Model Context Protocol (A-16)."""
