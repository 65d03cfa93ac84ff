"""Structures of one to four legs: what they are, cost, pay, risk and leave behind."""
