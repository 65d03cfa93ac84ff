"""One exit scan: what is held, judged anew, and left."""
