"""Restoring a backup: into any empty database, into the local stack, or into a throw-away one to prove it."""
