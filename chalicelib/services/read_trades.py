"""Reading trades: the list, history, one trade, its snapshots and its audit trail."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from chalicelib.domain.ports import JsonValue
from chalicelib.domain.thinning import thin_keeping_extremes
from chalicelib.domain.trades import TradeStatus
from chalicelib.services import trade_view
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.shapes import instant, listing
from chalicelib.store.database import ends_with_next
from chalicelib.store.schema import paper_trades, price_snapshots, state_transitions
from chalicelib.store.trade_json import TradeText, Wanted, read_listed
from chalicelib.store.trades import portfolio_revision


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Which trades a list shows; an empty `statuses` means all but CANCELED."""

    statuses: tuple[TradeStatus, ...] = ()
    ticker: str | None = None
    strategy: str | None = None
    originator: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which ended trades the history shows; `from_at` and `to_at` bound their end, both inclusive."""

    results: frozenset[str] = field(default_factory=frozenset)
    from_at: datetime | None = None
    to_at: datetime | None = None
    ticker: str | None = None
    strategy: str | None = None
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
    conditions, values = ["t.username = :username"], _equal(wanted, ("ticker", "strategy", "originator"))
    if wanted.statuses:
        conditions.append("t.status = any(:statuses)")
        values["statuses"] = [status.value for status in wanted.statuses]
    else:
        conditions.append("t.status <> 'CANCELED'")
    conditions += [f"t.{name} = :{name}" for name in values if name != "statuses"]
    if wanted.cursor is not None:
        (after,) = _read_cursor(wanted.cursor, 1)
        conditions.append("t.id < :after")
        values["after"] = _uuid(after)
    query = Wanted(conditions=tuple(conditions), order_by="t.id desc")
    return _page(
        env, username, query, values, wanted.limit, has_seen=has_seen, cursor_of=lambda last: [str(last.id)]
    )


def history(env: Environment, username: str, wanted: HistoryFilter) -> dict[str, JsonValue]:
    """List ended trades, last ended first."""
    listed: dict[str, JsonValue] = json.loads(history_page(env, username, wanted, _sees_anew).text or "{}")
    return listed


def history_page(env: Environment, username: str, wanted: HistoryFilter, has_seen: HasSeen) -> Page:
    """List ended trades as text, last ended first; an unchanged portfolio costs one indexed row."""
    values = _equal(wanted, ("ticker", "strategy"))
    conditions = ["t.username = :username", "t.is_locked", "t.status in ('CLOSED', 'EXPIRED')"]
    conditions += [f"t.{name} = :{name}" for name in values]
    if wanted.results:
        conditions.append(f"({' or '.join(_RESULTS[result] for result in sorted(wanted.results))})")
    if wanted.from_at is not None:
        conditions.append("t.close_date >= :from_at")
        values["from_at"] = wanted.from_at
    if wanted.to_at is not None:
        conditions.append("t.close_date <= :to_at")
        values["to_at"] = wanted.to_at
    if wanted.cursor is not None:
        closed, after = _read_cursor(wanted.cursor, 2)
        conditions.append("(t.close_date, t.id) < (:closed_at, :after)")
        values |= {"closed_at": _instant(closed), "after": _uuid(after)}
    query = Wanted(conditions=tuple(conditions), order_by="t.close_date desc, t.id desc")
    return _page(env, username, query, values, wanted.limit, has_seen=has_seen, cursor_of=_ended_cursor)


_RESULTS: Final = {
    "wins": "t.realized_pnl > 0",
    "losses": "t.realized_pnl < 0",
    "expired": "t.status = 'EXPIRED'",
}


def _equal(wanted: TradeFilter | HistoryFilter, names: Sequence[str]) -> dict[str, object]:
    """Return the filters that ask for one value."""
    return {name: value for name in names if (value := getattr(wanted, name)) is not None}


def _ended_cursor(last: TradeText) -> list[str]:
    assert last.close_date is not None  # of what ended
    return [last.close_date.isoformat(), str(last.id)]


def _sees_anew(_revision: str) -> bool:
    return False


def _page(
    env: Environment,
    username: str,
    query: Wanted,
    values: dict[str, object],
    limit: int,
    *,
    has_seen: HasSeen,
    cursor_of: Callable[[TradeText], list[str]],
) -> Page:
    def work(connection: Connection) -> Page:
        revision = f"{username}-{portfolio_revision(connection, username)}"
        if has_seen(revision):
            return Page(revision=revision, text=None)
        ends_with_next(connection)
        found = read_listed(connection, query, {**values, "username": username}, limit + 1)
        shown = found[:limit]
        cursor = _write_cursor(cursor_of(shown[-1])) if len(found) > limit else None
        rest = json.dumps({"next_cursor": cursor, "as_of": instant(env.clock.now())}, separators=(",", ":"))
        items = ",".join(one.json for one in shown)
        return Page(revision=revision, text=f'{{"items":[{items}],{rest[1:]}')

    return env.database.run(work, username=username)


def get_trade(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Read one trade with its detail; raises NotFound."""
    return trade_view.detail(env, username, trade_id)


def snapshots(
    env: Environment,
    username: str,
    trade_id: UUID,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    points: int,
) -> dict[str, JsonValue]:
    """Read a trade's snapshots, oldest first, thinned to `points` without losing the extremes."""
    c = price_snapshots.c
    conditions = [c.trade_id == trade_id]
    if from_at is not None:
        conditions.append(c.timestamp >= from_at)
    if to_at is not None:
        conditions.append(c.timestamp <= to_at)

    def work(connection: Connection) -> dict[str, JsonValue]:
        _require(connection, trade_id)
        rows = connection.execute(
            select(price_snapshots).where(*conditions).order_by(c.timestamp, c.kind, c.leg_no)
        ).mappings()
        shown = thin_keeping_extremes(list(rows), points, value=lambda row: row["mark_price"])
        hidden = {"username", "trade_id", "leg_no"}
        items: list[JsonValue] = [
            {name: trade_view.plain(value) for name, value in row.items() if name not in hidden}
            for row in shown
        ]
        return listing(items, as_of=env.clock.now())

    return env.database.run(work, username=username)


def transitions(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Read a trade's audit trail, oldest first."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        _require(connection, trade_id)
        return listing(transitions_in(connection, trade_id), as_of=env.clock.now())

    return env.database.run(work, username=username)


def transitions_in(connection: Connection, trade_id: UUID) -> list[JsonValue]:
    """Read a trade's audit trail inside a transaction, oldest first."""
    c = state_transitions.c
    rows = connection.execute(
        select(c.at, c.from_status, c.to_status, c.actor, c.reason)
        .where(c.trade_id == trade_id)
        .order_by(c.at, c.id)
    ).mappings()
    return [{name: trade_view.plain(value) for name, value in row.items()} for row in rows]


def changes(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Read a trade's changes of stop and target, oldest first."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        _require(connection, trade_id)
        items: list[JsonValue] = list(trade_view.changes(connection, trade_id))
        return listing(items, as_of=env.clock.now())

    return env.database.run(work, username=username)


def _require(connection: Connection, trade_id: UUID) -> None:
    found = connection.execute(select(paper_trades.c.id).where(paper_trades.c.id == trade_id)).scalar()
    if found is None:
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


def _bad_cursor() -> Invalid:
    return Invalid([FieldError(field="cursor", message="This is not a cursor of this list.")])
