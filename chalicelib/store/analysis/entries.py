"""How ended trades began: what was known at the entry, and how it came out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chalicelib.domain.analysis.similarity import Features
from chalicelib.store.analysis.result_sql import IS_RESULT, captured_number

#: Ended trades that a search looks at, the newest ones: a bound on time and memory.
ENTRIES_MAX: Final = 5000


#: Numbers that entries are compared by; the caller's own signals stand in where ours are missing.
_NUMBERS: Final = {
    "delta": "t.delta_at_entry",
    "iv": "t.iv_at_entry",
    "score": "t.card_score",
    "ai_score": "t.ai_score",
    "technical_score": "t.technical_score",
    "sentiment_score": "t.sentiment_score",
    "rsi": f"coalesce({captured_number('signals_snapshot', '5m', 'rsi', kind='float8')},"
    f" {captured_number('signals_given', '5m', 'rsi', kind='float8')})",
    "days_to_expiry": "l.expiry - (t.entry_date at time zone 'America/New_York')::date",
    "entry_price": "t.entry_price",
}
_WORDS: Final = {
    "strategy": "t.strategy",
    "ticker": "t.ticker",
    "structure": "t.structure",
    "option_type": "l.option_type",
    "ai_verdict": "t.ai_verdict",
    "regime_trend": "t.signals_snapshot #>> '{daily,trend}'",
}
#: What all of its legs say alike: of a condor neither a right nor a strike, but a day. Shares that came of
#: them say nothing of the entry.
_LEGS: Final = """
    cross join lateral (
        select case when count(distinct l.option_type) = 1 then min(l.option_type) end as option_type,
               min(l.expiry) as expiry
        from trade_legs l where l.trade_id = t.id and l.origin is null
    ) l
"""
_SELECTED: Final = ", ".join(
    [*(f"({number})::float8 as {name}" for name, number in _NUMBERS.items())]
    + [f"{word} as word_{name}" for name, word in _WORDS.items()]
)
_OUTCOME: Final = (
    "t.id, t.entry_date, t.close_date, t.close_reason, t.realized_pnl, t.realized_pnl_pct, t.hold_duration_h"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry and its outcome; money net of fees, for the whole quantity."""

    trade_id: UUID
    features: Features
    entered_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    pnl: Decimal | None
    pnl_pct: Decimal | None
    hold_hours: Decimal | None


def read_ended_entries(connection: Connection, username: str) -> list[Entry]:
    """Read a user's ended trades, newest first, ENTRIES_MAX at most."""
    query = text(
        f"select {_OUTCOME}, {_SELECTED} from paper_trades t {_LEGS} "  # noqa: S608  # from the tables above
        f"where t.username = :username and {IS_RESULT} order by t.close_date desc, t.id desc limit :limit"
    )
    return [_entry(row) for row in connection.execute(query, {"username": username, "limit": ENTRIES_MAX})]


def read_entry(connection: Connection, username: str, trade_id: UUID) -> Entry | None:
    """Read how one trade began, ended or not; None for an unknown or foreign id."""
    query = text(
        f"select {_OUTCOME}, {_SELECTED} from paper_trades t {_LEGS} "  # noqa: S608  # as above
        "where t.username = :username and t.id = :id"
    )
    row = connection.execute(query, {"username": username, "id": trade_id}).first()
    return None if row is None else _entry(row)


def count_closed(connection: Connection, username: str) -> int:
    """Count the ended trades that a user's results rest on."""
    query = text(
        f"select count(*) from paper_trades t where t.username = :username and {IS_RESULT}"  # noqa: S608  # as above
    )
    return int(connection.execute(query, {"username": username}).scalar_one())


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    values = row._mapping
    features = {name: values[name] for name in _NUMBERS} | {name: values[f"word_{name}"] for name in _WORDS}
    return Entry(
        trade_id=values["id"],
        features=features,
        entered_at=values["entry_date"],
        closed_at=values["close_date"],
        close_reason=values["close_reason"],
        pnl=values["realized_pnl"],
        pnl_pct=values["realized_pnl_pct"],
        hold_hours=values["hold_duration_h"],
    )
