"""The embedded PostgreSQL of a stack."""
