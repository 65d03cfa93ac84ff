"""The AI trader: traders, their signals, and the operator's switches."""
