"""VIX as exit scans see it: held against the minute before, and told of when it is gone (B-06)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.exits.vix_watch import VixWatch
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.market.quotes import QUOTE_AGE_MAX
from chalicelib.marketdata.interface import MarketData, UnderlyingQuote
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert

VIX: Final = "VIX"
VIX_BLIND: Final = "vix_blind"


def ask_vix(sources: DataSources, usernames: Sequence[str]) -> UnderlyingQuote | None:
    """Read VIX; raises MarketDataError."""

    def ask(source: MarketData) -> Sequence[UnderlyingQuote]:
        return source.underlying_quotes([VIX])

    return next(iter(sources.ask_underlyings(usernames, ask)), None)


def fresh_vix(quote: UnderlyingQuote | None, now: datetime) -> float | None:
    """Return the reading of a quote that is of today and no older than marks may be, beyond its delay."""
    if quote is None or quote.last is None or quote.as_of is None or quote.last <= 0:
        return None
    age = (now - quote.as_of).total_seconds() - quote.delay_seconds
    is_todays = new_york_date(quote.as_of) == new_york_date(now)
    return float(quote.last) if is_todays and age <= QUOTE_AGE_MAX.total_seconds() else None


def watches_after(
    stored: Mapping[str, str],
    usernames: Collection[str],
    exposed: Collection[str],
    scan_at: datetime,
    vix: float | None,
) -> dict[str, VixWatch]:
    """Return the watch of each of these users after a scan; `exposed` have positions that leave by VIX."""
    return {
        username: read_watch(stored.get(username)).after(scan_at, vix, has_positions=username in exposed)
        for username in usernames
    }


def read_watch(stored: str | None) -> VixWatch:
    """Read a stored watch, a new one where none is."""
    return VixWatch() if stored is None else from_json(VixWatch, json.loads(stored))


def written(watch: VixWatch) -> str:
    """Write a watch as it is stored."""
    return json.dumps(to_json(watch))


def tell_blind(
    env: Environment, connection: Connection, stored: Mapping[str, str], watches: Mapping[str, VixWatch]
) -> None:
    """Tell those whose positions wait for a VIX that three scans running did not see; and once it is back."""
    for username, watch in watches.items():
        if watch.is_alarming:
            raise_alert(
                env,
                connection,
                username,
                severity=Severity.WARNING,
                kind=VIX_BLIND,
                message="No fresh VIX for three minutes: open positions would not be left if it jumped.",
                lasting=True,
            )
        elif read_watch(stored.get(username)).is_alarming:
            resolve_alert(connection, username, kind=VIX_BLIND)
