"""What a new stack begins with."""
