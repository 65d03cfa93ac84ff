"""What a user has at stake, read from trades: for limits, the preview and the account call.

Paper, sandbox and live are counted apart (A-07): what is at risk in one kind of money says nothing of
another.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import to_cents
from chalicelib.domain.trading.limits import Exposure, Stake, heat_at_stake
from chalicelib.domain.trading.quota import NOTHING_ADDED, Stored
from chalicelib.domain.trading.trades import Originator, TradeStatus
from chalicelib.domain.trading.trading_hours import day_began_at
from chalicelib.store.ahead import read_ahead

#: What is kept comes with each row, and with one that has no trade where nothing is at stake.
_AT_STAKE: Final = text(
    """
    select p.stored_trades, p.stored_bytes, t.id, t.status, t.qty, t.filled_qty, t.open_qty, t.entry_price,
           t.limit_price, t.asked_price, t.sl_price, t.risk_floor, l.instrument, l.multiplier, l.sign,
           l.instrument = 'EQUITY' and not exists (
               select from orders o where o.trade_id = t.id and o.tag = 'delivery-' || o.id
           ) as is_asked_for
    from (values (1)) as once (n)
    left join portfolio_revisions p on p.username = :username
    left join (paper_trades t cross join lateral (
            select min(l.instrument) filter (where l.leg_no = 1) as instrument,
                   max(l.multiplier) as multiplier,
                   case when count(*) = 1 and min(l.side) = 'SHORT' then -1 else 1 end as sign
            from trade_legs l where l.trade_id = t.id and l.origin is null
        ) l) on t.username = :username and t.broker_mode = :mode and not t.is_locked and t.shadow_of is null
    """
)
_REALIZED: Final = text(
    """
    select coalesce(sum(realized_pnl), 0) from paper_trades
    where username = :username and close_date >= :midnight and is_locked
      and close_reason <> 'BROKER_RESET' and broker_mode = :mode and shadow_of is null
    """
)


def exposure(
    connection: Connection, username: str, mode: BrokerMode, now: datetime, *, of_coins: bool = False
) -> Exposure:
    """Count what is open, at risk, and realised in the Eastern trading day of `now`, in one kind of money.

    `of_coins`: for an entry of coins, whose day is UTC's (W-06).
    """
    whose, today = _asked(username, mode, now, of_coins=of_coins)
    read_ahead(connection, _REALIZED, today)
    rows = connection.execute(_AT_STAKE, whose).all()
    realized = connection.execute(_REALIZED, today).scalar_one()
    stakes = [_stake(row) for row in rows if row.id is not None]
    return Exposure(
        open_positions=len({stake.trade_id for stake in stakes}),
        heat=heat_at_stake(stakes),
        realized_today=to_cents(Decimal(realized)),
        stored_trades=rows[0].stored_trades or 0,
        stored_bytes=rows[0].stored_bytes or 0,
    )


def exposure_ahead(
    connection: Connection, username: str, mode: BrokerMode, now: datetime, *, of_coins: bool = False
) -> None:
    """Read what `exposure` counts together with what is read next; in another mode it reads by itself."""
    whose, today = _asked(username, mode, now, of_coins=of_coins)
    read_ahead(connection, _REALIZED, today)
    read_ahead(connection, _AT_STAKE, whose)


def _asked(
    username: str, mode: BrokerMode, now: datetime, *, of_coins: bool
) -> tuple[dict[str, object], dict[str, object]]:
    whose: dict[str, object] = {"username": username, "mode": mode}
    return whose, whose | {"midnight": day_began_at(Originator.PERSON, now, of_coins=of_coins)}


def _stake(row: Row[Any]) -> Stake:  # Any: a text's columns have no types
    return Stake(
        trade_id=row.id,
        status=TradeStatus(row.status),
        qty=row.qty,
        filled_qty=row.filled_qty,
        open_qty=row.open_qty,
        entry_price=row.entry_price,
        limit_price=row.limit_price,
        asked_price=row.asked_price,
        stop_price=row.sl_price,
        instrument=Instrument(row.instrument),
        multiplier=row.multiplier,
        sign=row.sign,
        risk_floor=row.risk_floor,
        is_asked_for=bool(row.is_asked_for),
    )


_STORED: Final = text(
    "select stored_trades as trades, stored_bytes as bytes from portfolio_revisions "
    "where username = :username"
)


def stored_of(connection: Connection, username: str) -> Stored:
    """Read what a user keeps."""
    row = connection.execute(_STORED, {"username": username}).one_or_none()
    return NOTHING_ADDED if row is None else Stored(trades=row.trades, bytes=row.bytes)
