"""What an option is worth by a model: prices and Greeks, in floats."""
