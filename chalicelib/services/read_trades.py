"""Reading trades: the list, history, one trade, its snapshots and its audit trail."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from chalicelib.domain.ports import JsonValue
from chalicelib.domain.thinning import thin_keeping_extremes
from chalicelib.domain.trades import TradeStatus
from chalicelib.services import trade_view
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.shapes import listing
from chalicelib.store.schema import paper_trades, price_snapshots, state_transitions
from chalicelib.store.trades import portfolio_revision

#: What the short words of the `status` parameter stand for (api.md, Calls).
STATUS_GROUPS: Final = {
    "OPEN": (
        TradeStatus.PENDING,
        TradeStatus.PARTIALLY_FILLED,
        TradeStatus.OPEN,
        TradeStatus.CLOSING,
    ),
    "CLOSED": (TradeStatus.CLOSED, TradeStatus.EXPIRED),
}
_ENDED_SHOWN: Final = (TradeStatus.CLOSED, TradeStatus.EXPIRED)


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


def statuses_of(text: str | None) -> tuple[TradeStatus, ...]:
    """Read the `status` parameter; raises Invalid for an unknown word."""
    if text is None:
        return ()
    if text in STATUS_GROUPS:
        return STATUS_GROUPS[text]
    try:
        return tuple(TradeStatus(word) for word in text.split(","))
    except ValueError as error:
        raise Invalid([FieldError(field="status", message="Unknown status.")]) from error


def portfolio_etag(env: Environment, username: str) -> str:
    """Return what changes with anything a portfolio shows: one indexed row."""
    revision = env.database.run(
        lambda connection: portfolio_revision(connection, username), username=username
    )
    return f"{username}-{revision}"


def list_trades(env: Environment, username: str, wanted: TradeFilter) -> dict[str, JsonValue]:
    """List trades, newest first."""
    conditions: list[ColumnElement[bool]] = [paper_trades.c.username == username]
    if wanted.statuses:
        conditions.append(paper_trades.c.status.in_(wanted.statuses))
    else:
        conditions.append(paper_trades.c.status != TradeStatus.CANCELED)
    for name in ("ticker", "strategy", "originator"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(paper_trades.c[name] == value)
    if wanted.cursor is not None:
        (after,) = _read_cursor(wanted.cursor, 1)
        conditions.append(paper_trades.c.id < _uuid(after))
    query = (
        select(*trade_view.LISTED_COLUMNS)
        .where(*conditions)
        .order_by(paper_trades.c.id.desc())
        .limit(wanted.limit + 1)
    )
    return _page(env, username, query, wanted.limit, lambda row: [str(row["id"])])


def history(env: Environment, username: str, wanted: HistoryFilter) -> dict[str, JsonValue]:
    """List ended trades, last ended first."""
    c = paper_trades.c
    conditions: list[ColumnElement[bool]] = [
        c.username == username,
        c.is_locked,
        c.status.in_(_ENDED_SHOWN),
        *_result_conditions(wanted.results),
    ]
    if wanted.from_at is not None:
        conditions.append(c.close_date >= wanted.from_at)
    if wanted.to_at is not None:
        conditions.append(c.close_date <= wanted.to_at)
    for name in ("ticker", "strategy"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(c[name] == value)
    if wanted.cursor is not None:
        closed, after = _read_cursor(wanted.cursor, 2)
        at = _instant(closed)
        conditions.append(or_(c.close_date < at, and_(c.close_date == at, c.id < _uuid(after))))
    query = (
        select(*trade_view.LISTED_COLUMNS)
        .where(*conditions)
        .order_by(c.close_date.desc(), c.id.desc())
        .limit(wanted.limit + 1)
    )
    return _page(
        env, username, query, wanted.limit, lambda row: [row["close_date"].isoformat(), str(row["id"])]
    )


def _result_conditions(results: frozenset[str]) -> list[ColumnElement[bool]]:
    c = paper_trades.c
    choices = {
        "wins": c.realized_pnl > 0,
        "losses": c.realized_pnl < 0,
        "expired": c.status == TradeStatus.EXPIRED,
    }
    chosen = [choices[result] for result in sorted(results)]
    return [or_(*chosen)] if chosen else []


def _page(
    env: Environment,
    username: str,
    query: Any,  # Any: a Select of these columns has no shorter name
    limit: int,
    cursor_of: Any,  # Any: a function from a row to the cursor's parts
) -> dict[str, JsonValue]:
    def work(connection: Connection) -> dict[str, JsonValue]:
        rows: Sequence[RowMapping] = connection.execute(query).mappings().all()
        shown = rows[:limit]
        cursor = _write_cursor(cursor_of(shown[-1])) if len(rows) > limit else None
        items: list[JsonValue] = list(trade_view.summaries(connection, shown))
        return listing(items, as_of=env.clock.now(), next_cursor=cursor)

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
    c = state_transitions.c

    def work(connection: Connection) -> dict[str, JsonValue]:
        _require(connection, trade_id)
        rows = connection.execute(
            select(c.at, c.from_status, c.to_status, c.actor, c.reason)
            .where(c.trade_id == trade_id)
            .order_by(c.at, c.id)
        ).mappings()
        items: list[JsonValue] = [
            {name: trade_view.plain(value) for name, value in row.items()} for row in rows
        ]
        return listing(items, as_of=env.clock.now())

    return env.database.run(work, username=username)


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
