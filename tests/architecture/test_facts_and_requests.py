"""Services write facts that have types, and ask a broker only for what they stored as an order.

A dict of anything lets a misspelt column, or one of another type, through to a user: what may be written of
a trade, an order or settings is named by `TradeFacts`, `OrderFacts`, `SettingsFacts`. A request put together
field by field forgets the next field: `OrderRequest.of` and `OcoRequest.of` make it of the order, whose row
comes first. There is no way out: a new kind of row gets its facts, a new kind of request its `of`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ROOT / "chalicelib" / "services"
_REQUESTS: Final = {"OrderRequest", "OcoRequest"}
_UNTYPED: Final = {f"{kind}[str, Any]" for kind in ("dict", "Mapping", "MutableMapping")}


def breaches(source: str) -> Iterator[str]:
    """Name what a module's text writes without types, and the requests that it puts together itself."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _REQUESTS:
                yield f"{name}(…)"
            case ast.Subscript() if ast.unparse(node) in _UNTYPED:
                yield ast.unparse(node)


def test_services_write_facts_and_make_requests_of_orders() -> None:
    found = {
        str(module.relative_to(SERVICES)): [*breaches(module.read_text(encoding="utf-8"))]
        for module in SERVICES.rglob("*.py")
    }

    assert {module: kinds for module, kinds in found.items() if kinds} == {}


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("changes: dict[str, Any] = {}", ["dict[str, Any]"]),
        ("def write(values: Mapping[str, Any]) -> None: ...", ["Mapping[str, Any]"]),
        ("broker.place(OrderRequest(tag=tag))", ["OrderRequest(…)"]),
        ("broker.place(OrderRequest.of(order, trade))", []),
        ("changes: OrderFacts = {'handled': True}", []),
    ],
)
def test_the_law_sees_what_it_forbids_and_nothing_else(source: str, kinds: list[str]) -> None:
    assert list(breaches(source)) == kinds
