"""Replaying a trader over past candles: asked for by a call, carried out by a job (C-09)."""
