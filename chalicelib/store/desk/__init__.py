"""The options desk: strategies and what they decided, and the market's facts that it decides by."""
