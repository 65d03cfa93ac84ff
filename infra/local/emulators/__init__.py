"""The outside world of the local stack: one market and the vendors that speak of it.

What is deployed never imports this package, and this package never imports what is deployed: a misreading
of a vendor's format shared by both sides would hide from every test.
"""
