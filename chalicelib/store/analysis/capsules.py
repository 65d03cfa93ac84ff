"""The time capsule's rows (A-08): which trades still lack it, and writing it once."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.trades.portfolio import touch_portfolio

#: Trades with a fill and without a capsule: those held, and those that ended before it was taken. Each branch
#: has an index of its own (`paper_trades_working`, `paper_trades_unanalysed`).
_MISSING_SQL: Final = """
    select id, username, ticker, entry_date from paper_trades
    where not is_locked and broker_mode <> 'IMPORTED' and entry_date is not null and market_regime is null
      and (cast(:username as text) is null or username = :username)
    union all
    select id, username, ticker, entry_date from paper_trades
    where is_locked and analysed_at is null and status <> 'CANCELED' and close_date >= :since
      and broker_mode <> 'IMPORTED' and entry_date is not null and market_regime is null
      and (cast(:username as text) is null or username = :username)
"""
_MISSING: Final = text(f"{_MISSING_SQL} order by entry_date, id limit :limit")
_ANY_MISSING: Final = text(f"select exists ({_MISSING_SQL})")
#: The first capsule stays: a second worker's changes nothing.
_SAVE: Final = text(
    """
    update paper_trades set
        signals_snapshot = cast(:signals as jsonb),
        market_regime = cast(:regime as jsonb),
        order_book_state = coalesce(order_book_state, cast(:order_book as jsonb)),
        last_updated = :now
    where id = :id and market_regime is null
    """
)
_SAVE_ORDER_BOOK: Final = text(
    "update paper_trades set order_book_state = cast(:order_book as jsonb), last_updated = :now "
    "where id = :id and status = 'PENDING'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncaptured:
    """A trade whose context at entry is not stored yet."""

    id: UUID
    username: str
    ticker: str
    entry_date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """The capsule's front; `order_book` counts only where none was stored when the order was placed."""

    signals: dict[str, JsonValue]
    regime: dict[str, JsonValue]
    order_book: dict[str, JsonValue]


def find_uncaptured(
    connection: Connection, username: str | None, *, since: datetime, limit: int
) -> list[Uncaptured]:
    """Return trades without a capsule, oldest entry first; ended ones only if they ended since `since`."""
    rows = connection.execute(_MISSING, {"username": username, "since": since, "limit": limit})
    return [
        Uncaptured(id=row.id, username=row.username, ticker=row.ticker, entry_date=row.entry_date)
        for row in rows
    ]


def has_uncaptured(connection: Connection, username: str | None, *, since: datetime) -> bool:
    """Say whether any trade lacks its capsule."""
    return bool(connection.execute(_ANY_MISSING, {"username": username, "since": since}).scalar())


def save_capsule(connection: Connection, trade: Uncaptured, capsule: Capsule, now: datetime) -> bool:
    """Store a capsule unless there is one; moves the ETag and not the version. Returns whether it was new."""
    saved = connection.execute(
        _SAVE,
        {
            "id": trade.id,
            "signals": json.dumps(capsule.signals),
            "regime": json.dumps(capsule.regime),
            "order_book": json.dumps(capsule.order_book),
            "now": now,
        },
    ).rowcount
    if saved:
        touch_portfolio(connection, trade.username)
    return bool(saved)


def save_order_book(
    connection: Connection, trade_id: UUID, order_book: dict[str, JsonValue], now: datetime
) -> None:
    """Store what was seen when an entry that waited for the session is sent."""
    connection.execute(_SAVE_ORDER_BOOK, {"id": trade_id, "order_book": json.dumps(order_book), "now": now})
