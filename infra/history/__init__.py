"""Files of history as their vendors write them, made into the product's own columns (B-12).

Runs on an operator's machine, by `dev.py history load`: pandas and fastparquet are no part of what is
deployed.
"""
