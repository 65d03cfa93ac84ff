"""Loaded histories in their bucket: manifests, parts of chains, daily facts (B-12).

history/<loader>/<set>/manifest.json        what a set of chains has and what was wrong with it
history/<loader>/<set>/<root>/<part>.npz    its parts
daily/<kind>/<symbol>.json                  bars, closes, IV, earnings, dividends; macro windows

HistoryUnreadable   an object is damaged; raised beside ObjectsUnavailable of the bucket itself
"""

import hashlib
from typing import Final

from chalicelib.domain.backtest.loading.daily import DailyFile, Kind, read_daily, write_daily
from chalicelib.domain.backtest.loading.manifest import (
    Manifest,
    PartOf,
    UnreadableManifest,
    read_manifest,
)
from chalicelib.domain.backtest.loading.packed import DamagedPart, OpenPart, unpack
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.store.files.objects import ObjectMissing, ObjectStore

HISTORY: Final = "history/"
DAILY: Final = "daily/"
MANIFEST: Final = "manifest.json"


class HistoryUnreadable(Exception):
    """An object of a loaded history is damaged; the text names it."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key


def set_prefix(loader: str, name: str) -> str:
    """Return what all keys of a set begin with."""
    return f"{HISTORY}{loader}/{name}/"


def manifest_key(loader: str, name: str) -> str:
    """Return the key of a set's manifest."""
    return f"{set_prefix(loader, name)}{MANIFEST}"


def part_key(loader: str, name: str, root: str, part: str) -> str:
    """Return the key of a part."""
    return f"{set_prefix(loader, name)}{root}/{part}.npz"


def daily_key(kind: Kind, symbol: str) -> str:
    """Return the key of daily facts."""
    return f"{DAILY}{kind}/{root_of(symbol)}.json"


def read_sets(store: ObjectStore) -> tuple[Manifest, ...]:
    """Read the manifests of all sets, by name. Raises HistoryUnreadable, ObjectsUnavailable."""
    keys = (key for key in store.keys(HISTORY) if key.endswith(f"/{MANIFEST}"))
    return tuple(_manifest(store, key) for key in keys)


def read_part(store: ObjectStore, part: PartOf) -> OpenPart:
    """Read a part and hold it against its hash. Raises HistoryUnreadable, ObjectsError."""
    body = b"".join(store.read(part.key))
    if hashlib.sha256(body).hexdigest() != part.sha256:
        raise HistoryUnreadable(part.key, "its bytes are not those that were written")
    try:
        return OpenPart(unpack(body))
    except DamagedPart as error:
        raise HistoryUnreadable(part.key, str(error)) from error


def read_daily_facts(store: ObjectStore, kind: Kind, symbol: str) -> DailyFile | None:
    """Read daily facts, None where nothing is loaded. Raises HistoryUnreadable, ObjectsUnavailable."""
    key = daily_key(kind, symbol)
    try:
        body = b"".join(store.read(key))
    except ObjectMissing:
        return None
    try:
        return read_daily(body)
    except UnreadableManifest as error:
        raise HistoryUnreadable(key, str(error)) from error


def write_daily_facts(store: ObjectStore, file: DailyFile) -> None:
    """Write daily facts in place of those before. Raises ObjectsUnavailable."""
    store.put_stream(daily_key(file.kind, file.symbol), [write_daily(file)], content_type="application/json")


def _manifest(store: ObjectStore, key: str) -> Manifest:
    try:
        return read_manifest(b"".join(store.read(key)))
    except UnreadableManifest as error:
        raise HistoryUnreadable(key, str(error)) from error
