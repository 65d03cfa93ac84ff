"""Rows of users: settings, connections, tokens, alerts."""
