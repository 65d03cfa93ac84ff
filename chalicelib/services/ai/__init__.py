"""The AI trader: traders as their owners keep them, and what raises signals."""
