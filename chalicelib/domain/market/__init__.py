"""Quotes and marks, candles and indicators, and how old they may be."""
