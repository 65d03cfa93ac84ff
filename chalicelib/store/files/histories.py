"""What loaded histories hold in their bucket: parts of chains, daily facts (B-12).

daily/<kind>/<symbol>.json                  bars, closes, IV, earnings, dividends; macro windows
"""

import hashlib
from typing import Final

from chalicelib.domain.backtest.loading.daily import DailyFile, Kind, read_daily, write_daily
from chalicelib.domain.backtest.loading.manifest import PartOf, UnreadableManifest
from chalicelib.domain.backtest.loading.packed import DamagedPart, OpenPart, unpack
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.store.files.history_sets import HistoryUnreadable
from chalicelib.store.files.objects import ObjectMissing, ObjectStore

DAILY: Final = "daily/"


def daily_key(kind: Kind, symbol: str) -> str:
    """Return the key of daily facts."""
    return f"{DAILY}{kind}/{root_of(symbol)}.json"


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
