"""What stops entries, and what lifts that again."""
