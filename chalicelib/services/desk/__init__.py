"""The options desk: what the market shows is gathered once a scan, for all users and strategies."""
