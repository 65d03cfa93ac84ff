"""Trades as their owner reads them: lists, one with its detail, export, import."""
