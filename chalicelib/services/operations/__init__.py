"""Keeping the product sound: health, backup, thinning."""
