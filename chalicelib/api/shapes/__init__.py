"""The shapes of api.md, made of what services answer: a module for each area, imported with its handlers."""
