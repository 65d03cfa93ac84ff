"""Buckets without S3: in memory for tests and simulated days, in a directory for what a stack keeps.

They obey the same law as S3's (tests/store/test_objects.py) and stand on the same protocol.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Final
from urllib.parse import quote

from chalicelib.store.files.objects import READ_BYTES, ObjectMissing

_UNFINISHED: Final = ".unfinished"


class MemoryObjects:
    """A bucket in memory."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:  # noqa: ARG002  # S3's
        """Keep the chunks."""
        body = b"".join(chunks)
        self._objects[key] = body
        return len(body)

    def read(self, key: str) -> Iterator[bytes]:
        """Hand out what was kept."""
        if key not in self._objects:
            raise ObjectMissing(key)
        body = self._objects[key]
        return (body[at : at + READ_BYTES] for at in range(0, len(body), READ_BYTES))

    def keys(self, prefix: str) -> list[str]:
        """List by prefix."""
        return sorted(key for key in self._objects if key.startswith(prefix))

    def link(self, key: str, *, expires_seconds: int, filename: str) -> str:
        """Name the object; nothing serves it."""
        return f"memory:{quote(key)}?expires={expires_seconds}&filename={quote(filename)}"

    def delete(self, key: str) -> None:
        """Forget one."""
        self._objects.pop(key, None)


class DirectoryObjects:
    """A bucket whose keys are paths under a directory."""

    def __init__(self, directory: Path) -> None:
        """The directory is made when the first object comes."""
        self._directory = directory

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:  # noqa: ARG002  # S3's
        """Write beside the object and put it in place when whole."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f"{path.name}.{token_hex(4)}{_UNFINISHED}")
        size = 0
        try:
            with unfinished.open("wb") as file:
                for chunk in chunks:
                    size += file.write(chunk)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return size

    def read(self, key: str) -> Iterator[bytes]:
        """Read the file in chunks."""
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(key)
        return _file_chunks(path)

    def keys(self, prefix: str) -> list[str]:
        """Walk the directory."""
        found = (path for path in self._directory.rglob("*") if path.is_file())
        names = (path.relative_to(self._directory).as_posix() for path in found)
        return sorted(name for name in names if name.startswith(prefix) and not name.endswith(_UNFINISHED))

    def link(self, key: str, *, expires_seconds: int, filename: str) -> str:
        """Name the file, which opens at any time."""
        return f"{self._path(key).as_uri()}?expires={expires_seconds}&filename={quote(filename)}"

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _path(self, key: str) -> Path:
        path = (self._directory / key).resolve()
        if not path.is_relative_to(self._directory.resolve()):
            raise ObjectMissing(key)
        return path


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk
