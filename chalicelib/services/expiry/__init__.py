"""The day a contract ends: told of, closed before, settled, exercised."""
