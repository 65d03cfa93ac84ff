"""Write docs/requirements.md: each requirement and invariant, and the tests that name it.

    python -m infra.requirements_table

A test names what it shows in its own docstring (or its module's, for all of the module). A test keeps the
page equal to what this would write, so that the table cannot fall behind the tests.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "requirements.md"
_NUMBER: Final = re.compile(r"\b([AI]-\d\d)\b")
_RANGE: Final = re.compile(r"\b([AI])-(\d\d) to [AI]-(\d\d)\b")
_SHOWN_PER_FILE: Final = 4
_HEAD: Final = """# Requirements and invariants, and the tests that show them

Made by `python -m infra.requirements_table` from the tests' own words; a test keeps it up to date. Numbers
are those of the specification: A-01 … of the monitor, I-01 … of what must never be false. Files with many
tests of one number show the first few.

| number | shown by |
|---|---|
"""


def numbered_tests() -> dict[str, dict[str, list[str]]]:
    """Return, for each number, the test functions that name it, by file."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = path.relative_to(ROOT).as_posix()
        for number in sorted(_numbers(ast.get_docstring(tree))):
            found.setdefault(number, {}).setdefault(file, [])
        for name, numbers in _tests(tree):
            for number in numbers:
                found.setdefault(number, {}).setdefault(file, []).append(name)
    return found


def _tests(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, _numbers(ast.get_docstring(node))


def _numbers(text: str | None) -> set[str]:
    numbers = set(_NUMBER.findall(text or ""))
    for letter, first, last in _RANGE.findall(text or ""):
        numbers |= {f"{letter}-{number:02d}" for number in range(int(first), int(last) + 1)}
    return numbers


def page(numbered: Mapping[str, Mapping[str, list[str]]]) -> str:
    """Return the whole page, of what `numbered_tests` found."""
    rows = [
        f"| {number} | {'<br>'.join(_cell(file, names) for file, names in files.items())} |"
        for number, files in sorted(numbered.items())
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _cell(file: str, names: list[str]) -> str:
    if not names:
        return f"`{file}`"
    more = len(names) - _SHOWN_PER_FILE
    shown = ", ".join(names[:_SHOWN_PER_FILE])
    return f"`{file}`: {shown}" + (f" and {more} more" if more > 0 else "")


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(numbered_tests()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
