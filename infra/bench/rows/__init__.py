"""The measurements: each module takes a ground and returns the lines it found."""
