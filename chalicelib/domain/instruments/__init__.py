"""What can be held: its symbol, its side, its tick, its fees, its sector."""
