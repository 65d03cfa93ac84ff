"""The risk book (B-09): what all positions of a user come to, and what they could lose."""
