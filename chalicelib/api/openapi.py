"""The OpenAPI 3.1 document, made of the route table and of the very models that validate."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.api import responses
from chalicelib.api.answers import JSON_TYPE
from chalicelib.api.authentication import Access
from chalicelib.api.problems import CONTENT_TYPE as PROBLEM_TYPE
from chalicelib.api.problems import KINDS
from chalicelib.api.routing import Route
from chalicelib.domain.accounts import BrokerName
from chalicelib.domain.json_value import JsonValue

VERSION: Final = "1.0.0"
_REFERENCE: Final = "#/components/schemas/{model}"
_STATUS_TEXT: Final = {
    200: "Done",
    201: "Made",
    202: "Going on",
    204: "Done",
    303: "Elsewhere",
    304: "Unchanged",
}

Node = dict[str, JsonValue]
_Mode = Literal["validation"]


def build_document(routes: Sequence[Route]) -> Node:
    """Describe these routes."""
    paths: dict[str, JsonValue] = {}
    for route in routes:
        entry = paths.setdefault(route.path, {})
        assert isinstance(entry, dict)
        entry[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "papertape",
            "version": VERSION,
            "description": "Trades on paper and live: placed, protected, watched, settled.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas(routes), "securitySchemes": _security_schemes()},
    }


def _security_schemes() -> Node:
    return {
        "session": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A Cognito access token, from POST /api/session.",
        },
        "personal": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "pt_…",
            "description": "A personal access token of scope read or trade.",
        },
    }


def _schemas(routes: Sequence[Route]) -> Node:
    models = [model for route in routes for model in _models(route)]
    unique: list[type[BaseModel]] = list(dict.fromkeys([*models, responses.Problem]))
    pairs: list[tuple[type[BaseModel], _Mode]] = [(model, "validation") for model in unique]
    _, definitions = models_json_schema(pairs, ref_template=_REFERENCE, by_alias=True)
    found: Node = definitions.get("$defs", {})
    return found


def _models(route: Route) -> Iterable[type[BaseModel]]:
    if route.takes_body:
        yield route.body_model
    yield from (response_model(name) for name in route.answers.values() if name is not None)


def response_model(name: str) -> type[BaseModel]:
    """Return the response model of this name."""
    model: type[BaseModel] = getattr(responses, name)
    return model


def _operation(route: Route) -> Node:
    operation: Node = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.path.removeprefix("/api").split("/")[1].split(".")[0]],
        "security": _security(route.access),
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.takes_body:
        operation["requestBody"] = _request_body(route)
    return operation


def _request_body(route: Route) -> Node:
    if route.reads_csv:
        return {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    model = route.body_model
    required = any(field.is_required() for field in model.model_fields.values())
    return {"required": required, "content": {JSON_TYPE: {"schema": _ref(model)}}}


def _security(access: Access) -> list[JsonValue]:
    if access is Access.PUBLIC:
        return []
    session: JsonValue = {"session": []}
    return (
        [session] if access in {Access.SESSION, Access.OPERATOR} else [session, {"personal": [access.value]}]
    )


def _ref(model: type[BaseModel]) -> Node:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _parameters(route: Route) -> list[JsonValue]:
    found: list[JsonValue] = []
    for named in ("id", "change_id", "trader_id"):
        if f"{{{named}}}" in route.path:
            schema: Node = {"type": "string", "format": "uuid"}
            found.append({"name": named, "in": "path", "required": True, "schema": schema})
    if "{name}" in route.path:
        name: Node = {"type": "string", "minLength": 1, "maxLength": 128}
        found.append({"name": "name", "in": "path", "required": True, "schema": name})
    if "{version}" in route.path:
        version: Node = {"type": "string", "minLength": 1, "maxLength": 60}
        found.append({"name": "version", "in": "path", "required": True, "schema": version})
    if "{broker}" in route.path:
        brokers: Node = {"type": "string", "enum": [name.value for name in BrokerName]}
        found.append({"name": "broker", "in": "path", "required": True, "schema": brokers})
    if (query := route.query_model) is not None:
        found += _query_parameters(query)
    if route.mutates:
        key: Node = {"type": "string", "minLength": 1, "maxLength": 100}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    if route.has_etag:
        tag: Node = {"type": "string"}
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": tag})
    return found


def _query_parameters(model: type[BaseModel]) -> list[JsonValue]:
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(described)}
        for name, described in schema.get("properties", {}).items()
    ]


def _without_null(schema: Node) -> Node:
    """Return the schema of a value that may be left out, but has no way to be null in a query."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [choice for choice in choices if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**rest, **kept[0]} if len(kept) == 1 and isinstance(kept[0], dict) else {**rest, "anyOf": kept}


def _responses(route: Route) -> Node:
    found: Node = {
        str(status): _answer(route, status, name) for status, name in sorted(route.answers.items())
    }
    by_status: dict[int, list[str]] = {}
    for kind in sorted(problem_kinds(route)):
        by_status.setdefault(KINDS[kind][0], []).append(kind)
    for status, kinds in sorted(by_status.items()):
        found[str(status)] = _problem(status, kinds)
    return found


def _answer(route: Route, status: int, name: str | None) -> Node:
    described: Node = {"description": _STATUS_TEXT[status]}
    headers: Node = {key: _header(text) for key, text in route.headers.items()}
    if route.has_etag:
        headers["ETag"] = _header("Changes with what is shown, `as_of` aside")
    if route.mutates:
        headers["Idempotency-Replayed"] = _header("true when this is the first call's answer again")
    if headers:
        described["headers"] = headers
    if name is not None:
        content: Node = {JSON_TYPE: {"schema": _ref(response_model(name))}}
        content |= {media_type: {"schema": {"type": "string"}} for media_type in route.files}
        described["content"] = content
    elif status == 200 and route.files:
        file: Node = {"schema": {"type": "string", "format": "binary"}}
        described["content"] = dict.fromkeys(route.files, file)
    return described


def _problem(status: int, kinds: Sequence[str]) -> Node:
    described: Node = {
        "description": "; ".join(f"{kind}: {KINDS[kind][1]}" for kind in kinds),
        "content": {PROBLEM_TYPE: {"schema": _ref(responses.Problem)}},
    }
    if status in {429, 503} or "in-progress" in kinds:
        described["headers"] = {"Retry-After": _header("Seconds to wait")}
    return described


def _header(text: str) -> Node:
    return {"description": text, "schema": {"type": "string"}}


def problem_kinds(route: Route) -> frozenset[str]:
    """Return every kind of refusal that this route may answer."""
    kinds = {*route.problems, "method-not-allowed", "invalid", "unavailable"}
    if route.access is not Access.PUBLIC:
        kinds |= {"unauthenticated", "too-many-requests"}
    if route.access in {Access.SESSION, Access.TRADE, Access.OPERATOR}:
        kinds.add("forbidden")
    if "{" in route.path:
        kinds.add("not-found")
    if route.takes_body:
        kinds |= {"malformed", "too-large", "media-type"}
    if route.mutates:
        kinds |= {"in-progress", "idempotency-mismatch"}
    return frozenset(kinds)
