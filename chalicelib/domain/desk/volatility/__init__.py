"""What prices did and are expected to do: regimes, ranks of implied volatility, its surface."""
