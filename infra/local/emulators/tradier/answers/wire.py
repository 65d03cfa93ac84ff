"""The shapes that Tradier's answers share: collapsed lists, "null", and XML for those who forget to ask."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape


def envelope(plural: str, singular: str, rows: Sequence[object], nothing: object) -> dict[str, object]:
    """Wrap rows: one alone is not a list, and none at all is `nothing` ("null" or null)."""
    if not rows:
        return {plural: nothing}
    return {plural: {singular: rows[0] if len(rows) == 1 else list(rows)}}


def flag(asked: Mapping[str, str], name: str) -> bool:
    """Read a boolean parameter: the word true, in any case."""
    return asked.get(name, "").lower() == "true"


def to_xml(body: object) -> bytes:
    """Write an answer as XML, the format of those who do not ask for JSON."""
    return ('<?xml version="1.0" encoding="UTF-8"?>' + _element(None, body)).encode()


def _element(name: str | None, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        inner = "".join(_element(str(key), item) for key, item in value.items())
    else:
        inner = "" if value is None else escape(str(value))
    return inner if name is None else f"<{name}>{inner}</{name}>"
