"""What a book could lose, worked out each minute and shown."""
