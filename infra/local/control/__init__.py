"""Steering a stack: its clock, its market, faults of the vendors."""
