"""How Tradier says it: routes, views, pages, and what faults make of an answer."""
