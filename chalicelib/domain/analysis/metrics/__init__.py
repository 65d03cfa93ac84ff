"""What a set of ended trades amounts to (A-15): pure functions over `Outcome`s (docs/formulas.md)."""
