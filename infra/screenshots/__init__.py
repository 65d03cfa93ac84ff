"""Every view and state of the page as an image: `python -m infra.screenshots` writes `docs/screenshots`."""
