"""What makes a backtest look better than it is, looked for and said in plain words."""
