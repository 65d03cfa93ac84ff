"""Ended trades as analytics read them: one statement over the index of ended trades."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, text

from chalicelib.domain.metrics.outcome import Outcome
from chalicelib.domain.symbols import OptionType
from chalicelib.domain.trades import BrokerMode, LegSide


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFilter:
    """Which ended trades count: their end within [from_at, to_at], either open when None."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    ticker: str | None = None
    strategy: str | None = None
    mode: BrokerMode | None = None


#: CANCELED never traded, BROKER_RESET is no result (A-15). Excursions are those of forensics; until it has
#: run, those that the snapshots saw, which have the same meaning (I-14).
_OUTCOMES: Final = """
    select t.id as trade_id, t.ticker, t.strategy, t.option_type, l.side, t.close_reason,
        t.realized_pnl as pnl, t.realized_pnl_pct as pnl_pct, t.fees, t.entry_date as entered_at,
        t.close_date as closed_at, t.hold_duration_h as hold_hours, t.entry_price,
        t.order_book_state ->> 'bid' as bid, t.order_book_state ->> 'ask' as ask,
        t.card_score as score, t.delta_at_entry as delta, t.ai_verdict,
        coalesce(t.target_mfe_pct, trim_scale(t.max_gain * 100 / cost.amount)) as mfe_pct,
        coalesce(t.target_mae_pct, trim_scale(t.max_drawdown * 100 / cost.amount)) as mae_pct
    from paper_trades t
    join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    cross join lateral (select nullif(t.entry_price * t.filled_qty * l.multiplier, 0) as amount) cost
    where t.username = :username and t.is_locked and t.status in ('CLOSED', 'EXPIRED')
        and t.close_reason <> 'BROKER_RESET' and t.realized_pnl is not null and t.close_date is not null
        {conditions}
    order by t.close_date, t.id
"""
_CONDITIONS: Final = {
    "from_at": "t.close_date >= :from_at",
    "to_at": "t.close_date <= :to_at",
    "ticker": "t.ticker = :ticker",
    "strategy": "t.strategy = :strategy",
    "mode": "t.broker_mode = :mode",
}


def read_outcomes(connection: Connection, username: str, wanted: OutcomeFilter) -> list[Outcome]:
    """Read a user's ended trades in the order in which they ended."""
    values = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    conditions = "".join(f" and {_CONDITIONS[name]}" for name in values)
    statement = text(_OUTCOMES.format(conditions=conditions))
    rows = connection.execute(statement, {"username": username, **values}).mappings()
    return [_outcome(row) for row in rows]


def _outcome(row: RowMapping) -> Outcome:
    values: dict[str, Any] = dict(row)  # Any: a text's columns have no types
    option_type = values["option_type"]
    values |= {
        "option_type": None if option_type is None else OptionType(option_type),
        "side": LegSide(values["side"]),
        "bid": _price(values["bid"]),
        "ask": _price(values["ask"]),
    }
    return Outcome(**values)


def _price(captured: str | None) -> Decimal | None:
    """Read a price out of the captured order book, which is free JSON to the database."""
    if captured is None:
        return None
    try:
        price = Decimal(captured)
    except InvalidOperation:
        return None
    return price if price.is_finite() else None
