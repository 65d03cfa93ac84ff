"""SQL lives in `chalicelib/store/`, and nowhere above it.

Who reads a service should meet its steps, not a table's columns; who changes a column should find each of its
readers in one room; and a rule written as SQL beside a rule written in Python drifts from it unseen. So above
the store nothing makes a statement, carries one out, names a table or writes SQL as text. A `Connection`
may be handed on, since what belongs together is one transaction; the failures of one may be told apart.

The way out is a line in `MAY`, which says why.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DEPLOYED: Final = ROOT / "chalicelib"

#: Modules that may do what the rule forbids, and why. Keep it short; take a line out with what it excuses.
MAY: Final[Mapping[str, str]] = {}

#: What may be imported from the drivers above the store.
_A_CONNECTION: Final = {"Connection"}
_FAILURES: Final = "sqlalchemy.exc"
_DRIVERS: Final = {"sqlalchemy", "psycopg"}
_TABLES: Final = "chalicelib.store.schema"
#: How a connection is told to carry a statement out.
_CARRYING_OUT: Final = {"execute", "executemany", "exec_driver_sql", "scalar", "scalars", "stream"}
_READS_AS_SQL: Final = re.compile(
    r"\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\S+(\s\S+)?\s+set\s|delete\s+from\s|with\s+\S+\s+as\s*\()"
    r"|\b[a-z]\.[a-z_]+ (=|<>|<|>|<=|>=|in|is) ",
    re.DOTALL,
)


def statements_in(source: str) -> Iterator[str]:
    """Tell what of a module's text makes a statement, carries one out, names a table or is SQL."""
    tree = ast.parse(source)
    told = _docstrings(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name.partition(".")[0] in _DRIVERS:
                        yield f"{node.lineno}: imports {alias.name}"
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{node.lineno}: imports {found}" for found in _forbidden(module, names))
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _CARRYING_OUT:
                yield f"{node.lineno}: calls .{attr}("
            case ast.Constant(value=str(text)) if node not in told and _READS_AS_SQL.match(text):
                yield f"{node.lineno}: writes SQL"


def _forbidden(module: str, names: list[ast.alias]) -> Iterator[str]:
    is_driver = module.partition(".")[0] in _DRIVERS and module != _FAILURES
    for alias in names:
        whole = f"{module}.{alias.name}"
        if is_driver and not (module == "sqlalchemy" and alias.name in _A_CONNECTION):
            yield whole
        if f"{whole}.".startswith(f"{_TABLES}."):
            yield whole


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    """Return what is prose: a module's, a class's, a function's first expression."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }


def _modules() -> list[str]:
    above = (path for path in DEPLOYED.rglob("*.py") if "store" not in path.relative_to(DEPLOYED).parts[:1])
    return [str(path.relative_to(ROOT)) for path in sorted([*above, ROOT / "app.py"])]


@pytest.mark.parametrize("module", [module for module in _modules() if module not in MAY])
def test_a_module_above_the_store_has_no_statement(module: str) -> None:
    """Issue a function of `chalicelib/store/` instead."""
    assert list(statements_in((ROOT / module).read_text())) == []


def test_every_excuse_is_needed() -> None:
    """What is excused still breaks the rule: an excuse goes with what it excused."""
    assert [module for module in MAY if not list(statements_in((ROOT / module).read_text()))] == []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import text",
        "from sqlalchemy import Connection, select",
        "from sqlalchemy.dialects.postgresql import insert",
        "from sqlalchemy import func as f",
        "import sqlalchemy as sa",
        "import psycopg",
        "from psycopg import sql",
        "from chalicelib.store.schema import orders",
        "from chalicelib.store import schema",
        "def f(connection): return connection.execute(STATEMENT).one()",
        "def f(connection): return connection.scalars(STATEMENT)",
        'Q = """\n    select id\n    from orders where id = :id"""',
        'Q = "update orders set status = :status"',
        'Q = f"insert into {table} values (1)"',
        'conditions.append("t.ticker = :ticker")',
    ],
)
def test_the_rule_sees_a_statement(source: str) -> None:
    """Each way in which a statement could come up again is noticed."""
    assert list(statements_in(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import Connection",
        "from sqlalchemy.exc import DBAPIError",
        "from chalicelib.store.trades.trades import load_trade",
        '"""Select a trade from the list."""',
        'def f() -> None:\n    """update orders set by hand."""',
        'message = "Select a contract from the chain."',
        'seen.update({"t": 1})',
    ],
)
def test_the_rule_lets_the_rest_be(source: str) -> None:
    """What only looks like one is none."""
    assert list(statements_in(source)) == []
