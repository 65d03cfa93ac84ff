"""Services answer values, the edge shapes them: nothing public in `chalicelib/services` answers JSON.

Who works with what a service answers should be told its parts by types, not look them up in a dict by names
that are api.md's; and what api.md calls a thing should be said once, in `chalicelib/api/shapes`, whichever
door it leaves by. So no public function or method of a service is annotated to return `JsonValue` in any form
or a dict of `Any`, and no public class has a field of them.

The way out is a line in `MAY`, which says why.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ROOT / "chalicelib" / "services"

_BY_DATABASE: Final = "a trade's JSON is written by the database (docs/adr/0014)"
_AS_SENT: Final = "what a caller sent, kept as it came"
_AS_STORED: Final = "written as its row keeps it, by one writer for whoever stores it"
#: What may break the rule, by module and name, and why. Keep it short; take a line out with what it excuses.
MAY: Final[Mapping[tuple[str, str], str]] = {
    ("reading/read_trades.py", "list_trades"): _BY_DATABASE,
    ("reading/read_trades.py", "history"): _BY_DATABASE,
    ("reading/read_trades.py", "changes"): _BY_DATABASE,
    ("reading/trade_view.py", "detail"): _BY_DATABASE,
    ("reading/trade_view.py", "detail_in"): _BY_DATABASE,
    ("reading/trade_view.py", "new_in"): _BY_DATABASE,
    ("reading/trade_view.py", "changes"): _BY_DATABASE,
    ("commands/carry_on.py", "Carried.view"): _BY_DATABASE,
    ("commands/carry_on.py", "Outcome.trade"): _BY_DATABASE,
    ("commands/trade_changes.py", "Requested.view"): _BY_DATABASE,
    ("sync/refresh.py", "Refreshed.trades"): _BY_DATABASE,
    ("analysis/explain_loss.py", "Explained.changes"): _BY_DATABASE,
    ("requests/tool_audit.py", "Asked.arguments"): _AS_SENT,
    ("ai/hooks.py", "Told.context"): _AS_SENT,
    ("desk/risk/risk_of_book.py", "WorkedOut.figures"): _AS_STORED,
    ("ai/deciding/matter.py", "Matter.outside"): _AS_SENT,
    ("ai/deciding/draft.py", "stored_facts"): _AS_STORED,
    ("ai/replays/outcome.py", "answers_told"): _AS_STORED,
    ("ai/replays/outcome.py", "beside"): _AS_STORED,
    ("ai/replays/outcome.py", "figures_of"): _AS_STORED,
}

_JSON: Final = "JsonValue"
_MAPPINGS: Final = {"dict", "Mapping", "MutableMapping"}


def shapes_in(source: str) -> Iterator[str]:
    """Name the public functions, methods and fields of a module's text that answer JSON."""
    tree = ast.parse(source)
    shapes = {_JSON} | set(_aliases(tree))
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                if _is_shape(node.returns, shapes):
                    yield name
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield from (f"{name}.{member}" for member in _members(node, shapes))


def _members(owner: ast.ClassDef, shapes: set[str]) -> Iterator[str]:
    for node in owner.body:
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                if _is_shape(node.returns, shapes):
                    yield name
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                if _is_shape(node.annotation, shapes):
                    yield name


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Name what the module calls a JSON shape by another name."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_shape(value, {_JSON}):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                if _is_shape(value, {_JSON}):
                    yield name


def _is_shape(annotation: ast.expr | None, shapes: set[str]) -> bool:
    if annotation is None:
        return False
    for node in ast.walk(annotation):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in shapes:
                return True
            case ast.Constant(value=str(text)) if any(shape in text for shape in shapes):
                return True
            case ast.Subscript(value=ast.Name(id=kind), slice=ast.Tuple(elts=[_, ast.Name(id="Any")])):
                if kind in _MAPPINGS:
                    return True
    return False


def _found() -> set[tuple[str, str]]:
    return {
        (str(path.relative_to(SERVICES)), name)
        for path in sorted(SERVICES.rglob("*.py"))
        for name in shapes_in(path.read_text())
    }


def test_no_service_answers_json() -> None:
    """Answer a frozen dataclass, and shape it in `chalicelib/api/shapes`."""
    assert sorted(_found() - MAY.keys()) == []


def test_every_excuse_is_needed() -> None:
    """What is excused still breaks the rule: an excuse goes with what it excused."""
    assert sorted(MAY.keys() - _found()) == []


@pytest.mark.parametrize(
    "source",
    [
        "def read(env) -> dict[str, JsonValue]: ...",
        "def read(env) -> JsonValue: ...",
        "def read(env) -> Sequence[dict[str, JsonValue]] | None: ...",
        "def read(env) -> 'dict[str, JsonValue]': ...",
        "def read(env) -> json_value.JsonValue: ...",
        "def read(env) -> dict[str, Any]: ...",
        "def read(env) -> Mapping[str, Any]: ...",
        "Answer = dict[str, JsonValue]\ndef read(env) -> Answer: ...",
        "Answer: TypeAlias = dict[str, JsonValue]\ndef read(env) -> list[Answer]: ...",
        "class Check:\n    def shape(self) -> dict[str, JsonValue]: ...",
        "class Answer:\n    body: dict[str, JsonValue]",
    ],
)
def test_the_rule_sees_a_shape(source: str) -> None:
    """Each way in which a shape could come up again is noticed."""
    assert list(shapes_in(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "def read(env) -> UserSettings: ...",
        "def read(env) -> Listing[TokenRow]: ...",
        "def hand_over(env, payload: Mapping[str, JsonValue]) -> None: ...",
        "def _answer(row) -> dict[str, JsonValue]: ...",
        "def read(env) -> dict[str, Check]: ...",
        "class _Case:\n    stored: Mapping[str, JsonValue]",
        "def read(env) -> Row:\n    def work(c) -> dict[str, JsonValue]: ...",
    ],
)
def test_the_rule_lets_the_rest_be(source: str) -> None:
    """What a service takes, and what stays within its module, is its own."""
    assert list(shapes_in(source)) == []
