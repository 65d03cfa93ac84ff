"""`dev.py history load` of option chains: files in, a set of parts and its manifest out (B-12).

One pass over the files, in bounded memory; parts are written under names with their hash, the manifest last,
so that whoever reads the set meanwhile reads the old one or the new one.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from chalicelib.domain.backtest.loading.manifest import (
    LoadedUnderlying,
    Manifest,
    PartOf,
    SourceFile,
    write_manifest,
)
from chalicelib.domain.backtest.loading.packed import OpenPart, Part, pack
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.store.files.history_sets import manifest_key, part_key, set_prefix
from chalicelib.store.files.objects import ObjectStore
from infra.history.cells import CHUNK_ROWS, Chunk, read_chunks, sha256_of
from infra.history.contracts import FileReaders, contracts_of
from infra.history.faults import BadFile, Faults
from infra.history.layouts import Chosen, choose
from infra.history.lean import LOADER as LEAN
from infra.history.lean import read_recorded
from infra.history.parts import PartMaker
from infra.history.roots import Roots
from infra.history.rows import Rows
from infra.history.spool import Spool, months_of

_HASH_LETTERS: Final = 12
#: One moment a day that is so near the close is the day's end.
_NEAR_CLOSE: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTerms:
    """What is loaded: by which loader, under which name; `symbols` limits it, or names a file's one."""

    loader: str
    name: str
    symbols: frozenset[str] = frozenset()
    clock: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    chunk_rows: int = CHUNK_ROWS


@dataclass(slots=True)
class Gathered:
    """What was read so far: file names by number, their hashes and rows."""

    spool: Spool
    faults: Faults
    roots: Roots = field(default_factory=Roots)
    tables: list[str] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    clock: str = ""
    is_timed: bool = False

    def table(self, name: str) -> int:
        """Return the number of a file's table."""
        if not self.tables or self.tables[-1] != name:
            self.tables.append(name)
        return len(self.tables) - 1


Say = Callable[[str], None]


def load_chains(paths: Sequence[Path], terms: LoadTerms, store: ObjectStore, say: Say) -> Manifest:
    """Read files of one loader and write them as a set. Raises BadFile; then the old set stays."""
    with TemporaryDirectory(prefix="papertape-history-") as scratch:
        gathered = Gathered(spool=Spool(Path(scratch)), faults=Faults())
        gather = _gather_recorded if terms.loader == LEAN else _gather
        for path in paths:
            gather(path, terms, gathered)
            say(f"{path.name}: {gathered.files[-1].rows:,} rows")
        return write_set(terms, gathered, store)


def _gather(path: Path, terms: LoadTerms, gathered: Gathered) -> None:
    def find(file: str, header: list[str]) -> Chosen:
        return choose(file, header, terms.loader, clock=terms.clock, mapping=terms.mapping)

    only = next(iter(terms.symbols)) if len(terms.symbols) == 1 else None
    readers: dict[str, FileReaders] = {}
    count = 0
    for chunk in read_chunks(path, find, rows=terms.chunk_rows):
        count += len(chunk.row)
        reader = readers.setdefault(chunk.file, FileReaders.of(chunk.file))
        _take(chunk, reader, terms, gathered, only)
    gathered.files.append(SourceFile(name=path.name, sha256=sha256_of(path), rows=count))


def _gather_recorded(path: Path, terms: LoadTerms, gathered: Gathered) -> None:
    """Take one recorded day of minutes."""
    symbol, rows = read_recorded(path)
    rows["file"], rows["root"] = gathered.table(path.name), gathered.roots.number(root_of(symbol))
    gathered.is_timed = True
    if not terms.symbols or symbol in terms.symbols:
        gathered.spool.add(symbol, rows, is_timed=True)
    gathered.files.append(SourceFile(name=path.name, sha256=sha256_of(path), rows=len(rows)))


def _take(chunk: Chunk, reader: FileReaders, terms: LoadTerms, gathered: Gathered, only: str | None) -> None:
    number = gathered.table(chunk.file)
    found = contracts_of(chunk, reader, gathered.roots, gathered.faults, symbol=only, number=number)
    if gathered.clock and gathered.is_timed != found.is_timed:
        raise BadFile(chunk.file, "tells times of day and the files before do not, or the other way round")
    gathered.clock, gathered.is_timed = chunk.chosen.layout.clock, found.is_timed
    for symbol, rows in found.by_symbol.items():
        if not terms.symbols or symbol in terms.symbols:
            gathered.spool.add(symbol, rows, is_timed=found.is_timed)


def write_set(terms: LoadTerms, gathered: Gathered, store: ObjectStore) -> Manifest:
    """Write what was gathered; raises BadFile when nothing of it can be used."""
    calendar = MarketCalendar()
    underlyings = []
    for symbol in gathered.spool.symbols():
        maker = PartMaker(gathered.tables, gathered.roots.names, gathered.faults, calendar)
        parts = tuple(_written(terms, symbol, maker, gathered, store))
        maker.look_between_days(symbol)
        if parts:
            underlyings.append(LoadedUnderlying(symbol=symbol, parts=parts))
    faults = gathered.faults.all()
    if not underlyings:
        why = "; ".join(one.in_words() for one in faults) or "it has no rows"
        raise BadFile(" ".join(one.name for one in gathered.files), f"nothing of it can be used: {why}")
    manifest = Manifest(
        loader=terms.loader,
        name=terms.name,
        clock="by the row" if gathered.is_timed else gathered.clock,
        files=tuple(gathered.files),
        underlyings=tuple(underlyings),
        faults=faults,
    )
    _publish(manifest, store)
    return manifest


def _written(
    terms: LoadTerms, symbol: str, maker: PartMaker, gathered: Gathered, store: ObjectStore
) -> Iterator[PartOf]:
    for period, rows, is_end_of_day in _periods(symbol, gathered, maker.calendar):
        part = maker.make(rows, is_end_of_day=is_end_of_day)
        if part is not None:
            yield _put(terms, symbol, period, part, store)


def _periods(symbol: str, gathered: Gathered, calendar: MarketCalendar) -> Iterator[tuple[str, Rows, bool]]:
    """Return months of end-of-day rows, days of minutes."""
    spool, days = gathered.spool, gathered.spool.days(symbol)
    if gathered.is_timed and not all(_ends_day(spool.read(symbol, day), day, calendar) for day in days):
        for day in days:
            yield date.fromordinal(day).isoformat(), spool.read(symbol, day), False
        return
    for month, in_month in months_of(days):
        rows = [_of_day(spool.read(symbol, day), day) for day in in_month]
        yield month, np.concatenate(rows), True


def _of_day(rows: Rows, day: int) -> Rows:
    rows["at"] = day
    return rows


def _ends_day(rows: Rows, day: int, calendar: MarketCalendar) -> bool:
    """Say whether a day has one moment, near its close."""
    moments = np.unique(rows["at"])
    session = calendar.session(date.fromordinal(day))
    if session is None:
        return True  # left out anyway
    before = (session.closes_at - _NEAR_CLOSE).timestamp()
    return len(moments) == 1 and bool(moments[0] >= before)


def _put(terms: LoadTerms, symbol: str, period: str, part: Part, store: ObjectStore) -> PartOf:
    body = pack(part)
    digest = hashlib.sha256(body).hexdigest()
    key = part_key(terms.loader, terms.name, root_of(symbol), f"{period}-{digest[:_HASH_LETTERS]}")
    store.put_stream(key, [body], content_type="application/octet-stream")
    return PartOf(key=key, sha256=digest, rows=len(part.expiry), days=OpenPart(part).days)


def _publish(manifest: Manifest, store: ObjectStore) -> None:
    """Write the manifest, then let go of what it does not name."""
    key = manifest_key(manifest.loader, manifest.name)
    store.put_stream(key, [write_manifest(manifest)], content_type="application/json")
    named = {key, *(part.key for one in manifest.underlyings for part in one.parts)}
    for old in store.keys(set_prefix(manifest.loader, manifest.name)):
        if old not in named:
            store.delete(old)
