"""The types of the page's scripts, checked by TypeScript without a build (`python -m infra.page_types`)."""
