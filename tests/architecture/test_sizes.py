"""No module, class or function grows so long that a newcomer cannot hold it.

A file named after the main noun reaches thousands of lines one good reason at a time; what stops it is a
limit that fails on the day it is passed. Then a second subject is in there: find it and give it a room with
its name. The limits are over what is deployed, what is built with it (`infra/`) and what the tests share.

The way out is a line in `MAY`, which says why: tables, which are long because there is much to list, and
lists of laws that are inherited whole.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MODULE_LINES_MAX: Final = 350
CLASS_LINES_MAX: Final = 200
FUNCTION_LINES_MAX: Final = 45
PAGE_FILE_LINES_MAX: Final = 350

_BC: Final = "laws numbered from BC-01 on, inherited whole by each broker"
#: What may be longer, and why: a module by its path, a class or function by path and name.
MAY: Final[Mapping[str, str]] = {
    "tests/brokers/conformance.py": _BC,
    "tests/brokers/conformance.py BrokerConformance": _BC,
    "tests/brokers/combined_conformance.py CombinedConformance": _BC,
}


def too_long(path: str, source: str) -> Iterator[str]:
    """Name what is longer than its limit: the module itself, its classes, its functions."""
    if source.count("\n") > MODULE_LINES_MAX:
        yield path
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef():
                limit = CLASS_LINES_MAX
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                limit = FUNCTION_LINES_MAX
            case _:
                continue
        assert node.end_lineno is not None
        if node.end_lineno - node.lineno + 1 > limit:
            yield f"{path} {node.name}"


def _modules() -> list[Path]:
    """Return our modules; of the tests only what they share: a module of tests is a list of laws."""
    ours = [path for top in ("chalicelib", "infra") for path in (ROOT / top).rglob("*.py")]
    shared = [path for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_")]
    return sorted([*ours, *shared, ROOT / "app.py", ROOT / "dev.py"])


@pytest.fixture(scope="module")
def too_long_now() -> set[str]:
    return {
        name
        for path in _modules()
        for name in too_long(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    }


def test_nothing_is_too_long(too_long_now: set[str]) -> None:
    """Find the second subject and give it a module, a class, a function with its name."""
    assert sorted(too_long_now - MAY.keys()) == []


def test_an_excuse_is_needed(too_long_now: set[str]) -> None:
    """What is excused is still too long: an excuse goes with what it excused."""
    assert sorted(MAY.keys() - too_long_now) == []


@pytest.mark.parametrize("suffix", ["css", "js"])
def test_no_file_of_the_page_is_too_long(suffix: str) -> None:
    """One component or theme a file; what is vendored is not ours."""
    ours = (ROOT / "static-site" / suffix).rglob(f"*.{suffix}")

    assert [p.name for p in ours if p.read_text(encoding="utf-8").count("\n") > PAGE_FILE_LINES_MAX] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1\n" * MODULE_LINES_MAX, []),
        ("x = 1\n" * (MODULE_LINES_MAX + 1), ["m.py"]),
        ("class A:\n" + "    x = 1\n" * (CLASS_LINES_MAX - 1), []),
        ("class A:\n" + "    x = 1\n" * CLASS_LINES_MAX, ["m.py A"]),
        ("def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1), []),
        ("def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX, ["m.py f"]),
        ("async def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX, ["m.py f"]),
        ("class A:\n    def f():\n" + "        x = 1\n" * FUNCTION_LINES_MAX, ["m.py f"]),
    ],
)
def test_the_rule_counts_lines(source: str, found: list[str]) -> None:
    """The last line that is allowed is allowed; the next one is not."""
    assert list(too_long("m.py", source)) == found
