"""Objects in buckets, and the whole database as a file."""
