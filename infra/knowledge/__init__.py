"""The knowledge server on a desktop: what a client starts beside itself (docs/knowledge-server.md)."""
