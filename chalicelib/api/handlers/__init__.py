"""One module per group of calls: take the call apart, ask one service, shape the answer."""
