"""Reading the market: snapshots, quotes for pages, how often the data plan allows it."""
