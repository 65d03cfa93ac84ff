"""Files that only their owner may read: logs, and JSON replaced whole so that a killed run leaves no half."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from chalicelib.domain.json_value import JsonValue

JsonObject = dict[str, JsonValue]


class UnreadableFile(Exception):
    """A file of the state directory is not what it should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} in the state directory cannot be read: start once with --reset")


def open_private(path: Path) -> TextIO:
    """Open for appending, with mode 0600 from the first byte on; what is there already gets it too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def write_private(path: Path, value: Mapping[str, JsonValue]) -> None:
    """Write with mode 0600 from the first byte on."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    draft.replace(path)


def read_private(path: Path) -> JsonObject | None:
    """Return the object in a file, None when the file is absent. Raises UnreadableFile."""
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UnreadableFile(path) from error
    if not isinstance(value, dict):
        raise UnreadableFile(path)
    return value
