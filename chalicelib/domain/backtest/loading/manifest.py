"""What a loaded history says of itself: its files, its days, what was wrong with rows of them (B-12).

A fault is told with file and row; rows that cannot be used are left out and counted, never mended.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.json_value import JsonValue

VERSION: Final = 1


class UnreadableManifest(Exception):
    """A manifest is damaged or of another version; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a fault was met: a file's row, the first line being 1, and what stood there."""

    file: str
    row: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was wrong with `count` rows, with the first places; `is_left_out`: these rows were not taken."""

    kind: str
    count: int
    is_left_out: bool
    places: tuple[Place, ...]

    def in_words(self) -> str:
        """Say it in a sentence with its first place."""
        done = " left out" if self.is_left_out else ""
        where = f", first {_where(self.places[0])}" if self.places else ""
        return f"{self.kind}: {self.count:,}{done}{where}"


def _where(place: Place) -> str:
    return f"{place.file} row {place.row}: {place.text}" if place.text else f"{place.file} row {place.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was read: its name, the hash of its bytes, how many rows it has."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """One object of an underlying: its key and its days, ascending."""

    key: str
    sha256: str
    rows: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedUnderlying:
    """One underlying's parts, ascending by day."""

    symbol: str
    parts: tuple[PartOf, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """Return all days that there are chains of."""
        return tuple(day for part in self.parts for day in part.days)

    def days_between(self, first: date, last: date) -> int:
        """Count the days from `first` to `last` that there are chains of."""
        days = self.days
        return bisect_right(days, last) - bisect_left(days, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A set of chains that a loader made of some files; `clock`: when quotes were taken, New York."""

    loader: str
    name: str
    clock: str
    files: tuple[SourceFile, ...]
    underlyings: tuple[LoadedUnderlying, ...]
    faults: tuple[Fault, ...] = ()
    version: int = VERSION

    @property
    def source(self) -> str:
        """Return how a request names it."""
        return f"{self.loader}/{self.name}"

    def of(self, symbol: str) -> LoadedUnderlying | None:
        """Return what it has of an underlying, None for nothing."""
        return next((one for one in self.underlyings if one.symbol == symbol), None)


def write_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    return json.dumps(to_json(manifest), indent=1).encode()


def read_manifest(body: bytes) -> Manifest:
    """Read a manifest; raises UnreadableManifest."""
    try:
        stored: JsonValue = json.loads(body)
        version = stored.get("version", VERSION) if isinstance(stored, Mapping) else None
        if version != VERSION:
            raise UnreadableManifest(f"version {version} is not {VERSION}: load its files again")
        return from_json(Manifest, stored)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableManifest(f"it is damaged: {error}") from error
