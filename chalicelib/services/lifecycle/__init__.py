"""Carrying one trade on: the next step taken, orders sent once, news booked."""
