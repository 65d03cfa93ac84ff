"""The options desk's decisions: what to enter, when to leave, and what stops it; all pure."""
