"""What becomes of a trader's positions: changes by the model, rules of the minute, their owner's hand."""
