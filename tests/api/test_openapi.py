"""GET /api/openapi.json: valid OpenAPI 3.1, complete, made of the very models that validate."""

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.openapi import problem_kinds
from chalicelib.api.problems import KINDS
from chalicelib.api.routes import ROUTES
from tests.api.support import Api, User
from tests.api.test_sign_in import name_of

CONTRACT = Path(__file__).parents[2] / "../shared/spec/api.md"
#: W-03 adds the calls on connections; its other rows say more of calls that api.md has.
WIDER = CONTRACT.with_name("wider-core.md")
#: B-15 adds the desk's.
DESK = CONTRACT.with_name("b-options-desk.md")
#: C-12 adds the AI trader's.
AI = CONTRACT.with_name("c-ai-trader.md")
#: Calls of api.md that are built later.
LATER = {
    ("POST", "/api/trades/import"),
    ("POST", "/mcp"),
}


@pytest.fixture(scope="module")
def document(shared_api: Api) -> Any:  # Any: an OpenAPI document is free JSON to a test
    """The document as it is served, without a token."""
    answer = shared_api.send("GET", "/api/openapi.json")
    assert answer.status == 200
    return answer.json


def test_the_document_is_valid(document: Any) -> None:
    """api.md: OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def connection_rows() -> str:
    """Return the rows of W-03 on connections, `…` for what stands before the last part written out."""
    rows = re.findall(r"^\| [A-Z]+ /api/connections.*$", WIDER.read_text(), re.MULTILINE)
    return "\n".join(rows).replace("…/", "/")


def calls_of_the_contract() -> set[tuple[str, str]]:
    """Read the table of calls: `GET, PUT /a · /b` names each method with each path."""
    if not CONTRACT.exists():
        pytest.skip("the shared specification is not beside the repository")
    return calls_in(
        CONTRACT.read_text().partition("## Calls")[2].partition("## Shapes")[0] + connection_rows()
    )


def calls_of_the_desk() -> set[tuple[str, str]]:
    """Read the table of B-15, and what it names in its second column."""
    table = DESK.read_text().partition("## B-15")[2].partition("## B-16")[0]
    beside = re.findall(r"`(GET|POST) (/api/[^?`]+)", table)
    return calls_in(table.replace(", /", " · /")) | set(beside)


def calls_of_the_ai_trader() -> set[tuple[str, str]]:
    """Read the table of C-12, `…` standing for the path before it."""
    table = AI.read_text().partition("## C-12")[2].partition("Jobs, UTC")[0]
    named = calls_in(re.sub(r"(/api/trades/\{id\})(\S* · POST )…", r"\1\2\1", table))
    # What a call does tells of one more, and C-13 of another.
    assert "`POST …/ai {paused}`" in table
    assert "`GET /api/ai/account?mode=`" in AI.read_text()
    return named | {("POST", "/api/trades/{id}/ai"), ("GET", "/api/ai/account")}


#: The document itself, and what no specification asks for (issue 14).
OURS = {
    ("GET", "/api/openapi.json"),
    ("GET", "/api/performance/brackets"),
    ("GET", "/api/backtests"),
    ("GET", "/api/backtests/sets"),
    ("POST", "/api/strategies/preview"),
    ("GET", "/api/risk/picture"),
    ("GET", "/api/reconcile"),
}


def calls_in(table: str) -> set[tuple[str, str]]:
    """Read the calls that a table's first column names."""
    found: set[tuple[str, str]] = set()
    for row in re.findall(r"^\| ((?:GET|POST|PATCH|DELETE|PUT)[^|]+?) \|", table, re.MULTILINE):
        methods: list[str] = []
        base = ""
        for part in row.split("·"):
            words = re.match(r"\s*((?:[A-Z]+(?:, )?)*)\s*(/\S*)?", part)
            assert words is not None, row
            methods = words[1].split(", ") if words[1] else methods
            path = (words[2] or base).partition("?")[0]
            if not path.startswith(("/api", "/mcp")):
                # Beside its last part, or below it: the second factor's `/confirm`.
                below = base if base.endswith("/second-factor") else base.rpartition("/")[0]
                found |= {(method, below + path) for method in methods}
                base = base if below == base else below + path
                continue
            base = path
            found |= {(method, path) for method in methods}
    return found


def test_every_call_of_the_contract_is_there_and_no_other(document: Any) -> None:
    """The route table, the document and api.md name the same calls."""
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert described == {(route.method, route.path) for route in ROUTES}
    assert calls_of_the_contract() - LATER <= described | {("GET", "/api/health/deep")}
    told = calls_of_the_contract() | calls_of_the_desk() | calls_of_the_ai_trader()
    assert described <= told | OURS


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_call_is_described_whole(document: Any, route: Any) -> None:
    """Its statuses, its problems, its key, its tag, its sign-in."""
    operation = document["paths"][route.path][route.method.lower()]
    statuses = {str(status) for status in route.answers} | {
        str(KINDS[kind][0]) for kind in problem_kinds(route)
    }
    named = {parameter["name"] for parameter in operation["parameters"]}

    assert set(operation["responses"]) == statuses
    assert ("Idempotency-Key" in named) == route.mutates
    assert ("If-None-Match" in named) == route.has_etag
    assert (operation["security"] == []) == (route.access == "public")
    assert operation["summary"]


def test_the_bounds_of_the_contract_are_in_the_schema(document: Any) -> None:
    """The document is made of the models that validate."""
    place = document["components"]["schemas"]["PlaceTradeBody"]
    properties = place["properties"]

    assert place["additionalProperties"] is False
    assert properties["ticker"]["pattern"] == "^[A-Z0-9./-]{1,10}$"
    qty = properties["qty"]
    assert (qty["exclusiveMinimum"], qty["default"]) == (0, 1)
    assert "1 to 1000" in qty["description"]  # of all but coins
    assert set(place["required"]) == {"ticker", "order_type"}
    assert [set(one["required"]) for one in place["anyOf"]] == [{"option_type", "strike", "expiry"}, {"legs"}]


def test_problems_are_one_schema(document: Any) -> None:
    """Every refusal is application/problem+json of one shape."""
    refusals = [
        response
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if int(status) >= 400
    ]

    assert refusals
    assert all(
        response["content"]
        == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for response in refusals
    )


def test_the_document_is_public(anyone: User) -> None:
    """No sign-in; a token does not hurt."""
    assert anyone.get("/api/openapi.json").status == 200


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_route_has_its_handler(route: Any) -> None:
    """Handlers are imported at their first call; each must be there."""
    assert callable(route.handler.resolve())
