"""What is made of trades: context at entry, forensics, performance, explanations."""
