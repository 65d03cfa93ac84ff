"""When an open structure is left, and what holds an exit back for a while."""
