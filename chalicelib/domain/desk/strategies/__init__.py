"""What a user wants traded: the nine types, a strategy, the desk's settings, and how they are read."""
