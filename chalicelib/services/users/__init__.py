"""What a user sets: limits, connections, channels, the live switch; and who they are."""
