"""Alerts on their way: sent to channels, answered by their owners; raising one is `raise_alert.py`."""
