"""Rules of what is made of trades."""
