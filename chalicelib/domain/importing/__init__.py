"""Past trades out of a spreadsheet: how a file writes numbers and days, its cells, its rows, what is near."""
