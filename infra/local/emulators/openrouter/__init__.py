"""OpenRouter's chat completions with the quirks of its wire notes; control calls tell what it says."""
