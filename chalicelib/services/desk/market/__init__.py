"""What the market shows, gathered once a scan for all users and strategies."""
