"""What a caller asks of trades: place, close, adjust, cancel, annotate, preview."""
