"""Ended trades as analytics read them: one statement over the index of ended trades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.analysis.metrics.outcome import Outcome, tags_of
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.trades import Originator
from chalicelib.store.analysis.result_sql import IS_RESULT, captured_number
from chalicelib.store.trades.initial_risk import BASIS, INITIAL_RISK
from chalicelib.store.trades.trade_lists import HAS_TAG


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFilter:
    """Which ended trades count: their end within [from_at, to_at], either open when None.

    `strategy` is a name, whoever gave it; `strategy_id` one of the desk's strategies.
    """

    from_at: datetime | None = None
    to_at: datetime | None = None
    ticker: str | None = None
    strategy: str | None = None
    mode: BrokerMode | None = None
    tag: str | None = None
    strategy_id: str | None = None
    originator: Originator | None = None


_OPTION_TYPES: Final[Mapping[str | None, OptionType | None]] = {None: None} | {
    one.value: one for one in OptionType
}
_SIDES: Final = {side.value: side for side in LegSide}
_OPTION_TYPE_AT: Final = Outcome._fields.index("option_type")
_SIDE_AT: Final = Outcome._fields.index("side")
_TAGS_AT: Final = Outcome._fields.index("tags")


#: Where each field of an Outcome comes from. Excursions are those of forensics; until it has run, those that
#: the snapshots saw, which have the same meaning (I-14): in per cent of the risk basis, of which a trade that
#: was stored before there was one has what it cost.
_FIELDS: Final = {
    "trade_id": "t.id",
    "ticker": "t.ticker",
    "strategy": "t.strategy",
    "option_type": "t.option_type",
    "side": "coalesce(l.side, 'LONG')",
    "close_reason": "t.close_reason",
    "pnl": "t.realized_pnl",
    "pnl_pct": "t.realized_pnl_pct",
    "fees": "t.fees",
    "entered_at": "t.entry_date",
    "closed_at": "t.close_date",
    "hold_hours": "t.hold_duration_h",
    "entry_price": "t.entry_price",
    "bid": captured_number("order_book_state", "bid", kind="numeric"),
    "ask": captured_number("order_book_state", "ask", kind="numeric"),
    "score": "t.card_score",
    "delta": "t.delta_at_entry",
    "ai_verdict": "t.ai_verdict",
    "mfe_pct": "coalesce(t.target_mfe_pct, round(t.max_gain * 100 / basis.amount, 4))",
    "mae_pct": "coalesce(t.target_mae_pct, round(t.max_drawdown * 100 / basis.amount, 4))",
    "structure": "t.structure",
    "r": f"t.realized_pnl / {INITIAL_RISK}",
    "tags": "case when jsonb_typeof(t.trade_context -> 'tags') = 'array' then t.trade_context -> 'tags' end",
    "credit": "t.entry_credit_usd",
}
_OUTCOMES: Final = """
    select {columns}{more}
    from paper_trades t
    left join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    cross join lateral (select nullif({basis}, 0) as amount) basis {joins}
    where t.username = :username and {is_result} and t.close_date is not null {conditions}
    order by t.close_date, t.id
"""
_CONDITIONS: Final = {
    "from_at": "t.close_date >= :from_at",
    "to_at": "t.close_date <= :to_at",
    "ticker": "t.ticker = :ticker",
    "strategy": "t.strategy = :strategy",
    "mode": "t.broker_mode = :mode",
    "tag": HAS_TAG,
    "originator": "t.originator = :originator",
    "strategy_id": "t.originator = 'DESK' and t.originator_id = :strategy_id",
}
_ENTERED: Final = text(
    """
    select count(*) from paper_trades
    where username = :username and entry_date between :from_at and :to_at and filled_qty > 0
      and import_id is null and shadow_of is null
    """
)


def read_outcomes(connection: Connection, username: str, wanted: OutcomeFilter) -> list[Outcome]:
    """Read a user's ended trades in the order in which they ended."""
    conditions, values = narrowed(wanted)
    statement = select_outcomes(conditions)
    rows = connection.execute(statement, {"username": username, **values}).all()
    return [outcome_of(row) for row in rows]


def narrowed(wanted: OutcomeFilter) -> tuple[str, dict[str, object]]:
    """Return the conditions over trades `t` that a filter adds, each begun with `and`, and their values."""
    values = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    return "".join(f" and {_CONDITIONS[name]}" for name in values), values


def count_entered(connection: Connection, username: str, from_at: datetime, to_at: datetime) -> int:
    """Count the trades that a user's orders entered within these instants, both inclusive."""
    asked = {"username": username, "from_at": from_at, "to_at": to_at}
    return int(connection.execute(_ENTERED, asked).scalar_one())


def select_outcomes(conditions: str, *, more: str = "", joins: str = "") -> TextClause:
    """Write the statement over a user's ended trades `t`, in the order in which they ended.

    `more` are columns after those of an Outcome, `joins` where they come from: words of modules, never of
    callers.
    """
    columns = ", ".join(_FIELDS[name] for name in Outcome._fields)
    written = _OUTCOMES.format(
        columns=columns,
        more=more,
        joins=joins,
        basis=BASIS,
        is_result=IS_RESULT,
        conditions=conditions,
    )
    return text(written)


def outcome_of(row: Row[Any]) -> Outcome:  # Any: a text's columns have no types
    """Read the first columns of a row as an Outcome."""
    values = list(row)[: len(Outcome._fields)]
    values[_OPTION_TYPE_AT] = _OPTION_TYPES[values[_OPTION_TYPE_AT]]
    values[_SIDE_AT] = _SIDES[values[_SIDE_AT]]
    values[_TAGS_AT] = tags_of(values[_TAGS_AT])
    return Outcome._make(values)
