"""The versions of what models are told to do: files that are never changed once they were used (C-02).

A change is a new file, so that a decision's version says what was asked, and going back is one call.
"""

from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("prompts")
#: What decides where nobody chose.
USUAL_VERSION: Final = "2026-02-a"


class UnknownPrompt(KeyError):
    """There is no such version."""


@cache
def versions() -> tuple[str, ...]:
    """Return the names of all versions, oldest first."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


@cache
def prompt(version: str) -> str:
    """Return what a model is told to do; raises UnknownPrompt."""
    if version not in versions():
        raise UnknownPrompt(version)
    return (_FOLDER / f"{version}.md").read_text(encoding="utf-8").strip()
