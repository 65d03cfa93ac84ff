"""What a strategy would have done: the desk's own decisions over recorded or generated markets (B-12)."""
