"""The market as it was recorded, replayed."""
