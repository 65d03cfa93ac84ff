"""One account as its broker shows it, held against what we have stored."""
