"""Around every request: counted, done once by its key, of its owner's things alone."""
