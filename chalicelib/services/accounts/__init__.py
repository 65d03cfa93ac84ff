"""Broker accounts at work: which they are, and keeping one while something is done there."""
