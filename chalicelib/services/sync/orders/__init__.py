"""What an account's list of orders shows, or does not show, of ours and of others."""
