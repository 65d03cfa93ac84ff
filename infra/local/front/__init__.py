"""The one origin: page, API and what serves them."""
