"""papertape in AWS: what Chalice makes, merged with what it does not, packaged and deployed."""
