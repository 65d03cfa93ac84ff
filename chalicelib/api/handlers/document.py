"""GET /api/openapi.json: made once per container, when it is first asked for."""

from functools import lru_cache

from chalicelib.api.answers import Reply
from chalicelib.api.routing import Call
from chalicelib.domain.json_value import JsonValue


def openapi(_call: Call) -> Reply:
    """Describe this API."""
    return Reply(body=_document())


@lru_cache(maxsize=1)
def _document() -> dict[str, JsonValue]:
    # Imported on use: describing the API takes every response model, answering it takes none.
    from chalicelib.api.openapi import build_document
    from chalicelib.api.routes import ROUTES

    return build_document(ROUTES)
