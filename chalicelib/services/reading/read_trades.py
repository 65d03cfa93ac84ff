"""Reading trades: the list, history, a trade's snapshots and its audit trail; itself is `trade_view`.

Lists are polled, so a trade travels as the JSON that the database wrote (docs/adr/0014); all else is typed.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis.fewer_points import thin_keeping_extremes
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.reading import trade_view
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.trades.owned import Owned, is_owned
from chalicelib.store.trades.portfolio import portfolio_revision
from chalicelib.store.trades.trade_history import (
    SnapshotColumns,
    Transition,
    read_snapshots,
    read_transitions,
)
from chalicelib.store.trades.trade_json import TradeText
from chalicelib.store.trades.trade_lists import (
    BY_TIME,
    HistoryConditions,
    HistoryOrder,
    HistoryTotals,
    ListConditions,
    read_history,
    read_list,
    read_totals,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter(ListConditions):
    """Which trades a list shows, how many at most, and where it goes on."""

    limit: int = 50
    cursor: str | None = None


#: Nothing is kept out.
ALL_ENDED: Final = HistoryConditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which ended trades the history shows, in what order, how many at most, and where it goes on.

    `with_totals`: with what all of them amount to, whatever the page.
    """

    wanted: HistoryConditions = ALL_ENDED
    order: HistoryOrder = HistoryOrder.NEWEST
    with_totals: bool = False
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A list as JSON text; None when the caller's copy of this `revision` is still good."""

    revision: str
    text: str | None


#: Says of a portfolio's revision whether the caller has seen what it shows.
HasSeen = Callable[[str], bool]


def list_trades(env: Environment, username: str, wanted: TradeFilter) -> dict[str, JsonValue]:
    """List trades, newest first."""
    listed: dict[str, JsonValue] = json.loads(list_page(env, username, wanted, _sees_anew).text or "{}")
    return listed


def list_page(env: Environment, username: str, wanted: TradeFilter, has_seen: HasSeen) -> Page:
    """List trades as text, newest first; an unchanged portfolio costs one indexed row."""
    after = None if wanted.cursor is None else _uuid(*_read_cursor(wanted.cursor, 1))

    def read(connection: Connection, limit: int) -> list[TradeText]:
        return read_list(connection, username, wanted, after=after, limit=limit)

    return _page(env, username, read, wanted.limit, has_seen=has_seen, cursor_of=lambda last: [str(last.id)])


def history(env: Environment, username: str, wanted: HistoryFilter) -> dict[str, JsonValue]:
    """List ended trades."""
    listed: dict[str, JsonValue] = json.loads(history_page(env, username, wanted, _sees_anew).text or "{}")
    return listed


def history_page(env: Environment, username: str, asked: HistoryFilter, has_seen: HasSeen) -> Page:
    """List ended trades as text; an unchanged portfolio costs one indexed row."""
    after = None
    if asked.cursor is not None:
        place, last_id = _read_cursor(asked.cursor, 2)
        after = (_instant(place) if asked.order in BY_TIME else _decimal(place)), _uuid(last_id)

    def read(connection: Connection, limit: int) -> list[TradeText]:
        return read_history(connection, username, asked.wanted, order=asked.order, after=after, limit=limit)

    def more(connection: Connection) -> dict[str, JsonValue]:
        return (
            {"totals": _totals(read_totals(connection, username, asked.wanted))} if asked.with_totals else {}
        )

    return _page(
        env,
        username,
        read,
        asked.limit,
        has_seen=has_seen,
        cursor_of=lambda last: _ended_cursor(last, asked.order),
        more=more,
    )


_PLACES: Final = {
    HistoryOrder.BEST: "realized_pnl",
    HistoryOrder.WORST: "realized_pnl",
    HistoryOrder.LONGEST: "hold_duration_h",
    HistoryOrder.SHORTEST: "hold_duration_h",
}


def _ended_cursor(last: TradeText, order: HistoryOrder) -> list[str]:
    if order in BY_TIME:
        assert last.close_date is not None  # of what ended
        return [last.close_date.isoformat(), str(last.id)]
    shown = json.loads(last.json, parse_float=str, parse_int=str)
    return [shown[_PLACES[order]] or "0", str(last.id)]


def _totals(totals: HistoryTotals) -> dict[str, JsonValue]:
    return {
        "trades": totals.trades,
        "wins": totals.wins,
        "losses": totals.losses,
        "realized_pnl": float(totals.realized_pnl),
    }


def _sees_anew(_revision: str) -> bool:
    return False


def _page(
    env: Environment,
    username: str,
    read: Callable[[Connection, int], list[TradeText]],
    limit: int,
    *,
    has_seen: HasSeen,
    cursor_of: Callable[[TradeText], list[str]],
    more: Callable[[Connection], dict[str, JsonValue]] = lambda _: {},
) -> Page:
    def work(connection: Connection) -> Page:
        revision = f"{username}-{portfolio_revision(connection, username)}"
        if has_seen(revision):
            return Page(revision=revision, text=None)
        told_more = more(connection)
        ends_with_next(connection)
        found = read(connection, limit + 1)
        shown = found[:limit]
        cursor = _write_cursor(cursor_of(shown[-1])) if len(found) > limit else None
        told = {"next_cursor": cursor, "as_of": rfc3339(env.clock.now()), **told_more}
        rest = json.dumps(told, separators=(",", ":"))
        items = ",".join(one.json for one in shown)
        return Page(revision=revision, text=f'{{"items":[{items}],{rest[1:]}')

    return env.database.run(work, username=username)


def snapshots(
    env: Environment,
    username: str,
    trade_id: UUID,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    points: int,
) -> Listing[SnapshotColumns]:
    """Read a trade's snapshots, oldest first, thinned to `points` without losing the extremes."""

    def work(connection: Connection) -> Listing[SnapshotColumns]:
        _require(connection, username, trade_id)
        found = read_snapshots(connection, trade_id, from_at=from_at, to_at=to_at)
        shown = thin_keeping_extremes(found, points, value=lambda row: row["mark_price"])
        return Listing(items=shown, as_of=env.clock.now())

    return env.database.run(work, username=username)


def transitions(env: Environment, username: str, trade_id: UUID) -> Listing[Transition]:
    """Read a trade's audit trail, oldest first."""

    def work(connection: Connection) -> Listing[Transition]:
        _require(connection, username, trade_id)
        return Listing(items=read_transitions(connection, trade_id), as_of=env.clock.now())

    return env.database.run(work, username=username)


def changes(env: Environment, username: str, trade_id: UUID) -> Listing[dict[str, JsonValue]]:
    """Read a trade's changes of stop and target, oldest first, each as the database writes it."""

    def work(connection: Connection) -> Listing[dict[str, JsonValue]]:
        _require(connection, username, trade_id)
        return Listing(items=trade_view.changes(connection, trade_id), as_of=env.clock.now())

    return env.database.run(work, username=username)


def _require(connection: Connection, username: str, trade_id: UUID) -> None:
    if not is_owned(connection, username, Owned.TRADE, trade_id):
        raise NotFound("trade")


def _write_cursor(parts: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read_cursor(text: str, count: int) -> list[str]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if not isinstance(parts, list) or len(parts) != count or not all(isinstance(p, str) for p in parts):
        raise _bad_cursor()
    return parts


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _bad_cursor() from error


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_cursor() from error
    if at.tzinfo is None:
        raise _bad_cursor()
    return at


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _bad_cursor() from error
    if not number.is_finite():
        raise _bad_cursor()
    return number


def _bad_cursor() -> Invalid:
    return Invalid([FieldError(field="cursor", message="This is not a cursor of this list.")])
