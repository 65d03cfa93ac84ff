"""What the desk decided and how it stands, as its owner reads it."""
