"""Write docs/api.md out of the OpenAPI document: `python -m infra.api_docs`; a test compares the two."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from chalicelib.api.openapi import build_document
from chalicelib.api.routes import ROUTES

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "api.md"
_INTRODUCTION: Final = """# The API

Made from the OpenAPI document by `python -m infra.api_docs`; the document itself is at `/api/openapi.json` of
any deployment, for client generators. Every call takes and answers JSON unless it says otherwise, errors are
`application/problem+json`, money is in dollars, times are UTC. A call that changes something accepts an
`Idempotency-Key`; one on a trade names the `version` it saw.
"""

Node = Mapping[str, Any]  # Any: JSON of any depth


def page() -> str:
    """Return the whole page."""
    document: Node = build_document(ROUTES)
    lines = [_INTRODUCTION]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += _call(method.upper(), path, operation)
    lines.append("## Shapes\n")
    for name, schema in sorted(document["components"]["schemas"].items()):
        lines += _shape(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _call(method: str, path: str, operation: Node) -> Iterator[str]:
    yield f"## {method} {path}\n"
    yield f"{operation['summary']}.\n"
    for parameter in operation["parameters"]:
        if parameter["in"] != "header":
            need = "required" if parameter["required"] else "optional"
            yield f"- `{parameter['name']}` ({parameter['in']}, {need}): {_kind(parameter['schema'])}"
    body = operation.get("requestBody")
    if body is not None:
        for media_type, content in body["content"].items():
            yield f"- body (`{media_type}`): {_kind(content['schema'])}"
    for status, answer in operation["responses"].items():
        kinds = [_kind(one["schema"]) for one in answer.get("content", {}).values() if "schema" in one]
        shape = f": {', '.join(dict.fromkeys(kinds))}" if kinds and status[0] in "23" else ""
        yield f"- **{status}** {answer['description']}{shape}"
    yield ""


def _shape(name: str, schema: Node) -> Iterator[str]:
    yield f"### {name}\n"
    if schema.get("description"):
        yield f"{' '.join(schema['description'].split())}\n"
    required = set(schema.get("required", []))
    for field, described in schema.get("properties", {}).items():
        optional = "" if field in required else " (optional)"
        yield f"- `{field}`{optional}: {_kind(described)}"
    yield ""


def _kind(schema: Node) -> str:
    """Say a schema in words: a shape by its name, bounds in brackets."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = str(schema.get("format") or schema.get("type") or "any JSON")
    bounds = _bounds(schema)
    return f"{words} ({bounds})" if bounds else words


def _bounds(schema: Node) -> str:
    words = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "minLength": "at least",
        "maxLength": "at most",
    }
    found = [f"{word} {schema[key]}" for key, word in words.items() if key in schema]
    unit = " characters" if "maxLength" in schema or "minLength" in schema else ""
    return ", ".join(found) + (unit if found else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
