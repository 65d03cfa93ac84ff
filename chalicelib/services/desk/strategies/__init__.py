"""Strategies and a desk's settings as their owner keeps them, and what they would do now."""
