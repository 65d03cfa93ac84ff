"""The page's types: its scripts checked by TypeScript, strictly, without a build (`python -m infra.page_types`)."""
