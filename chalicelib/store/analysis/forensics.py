"""Forensics' rows (A-09): ended trades that wait for it, their own snapshots, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chalicelib.domain.analysis.forensics import Findings, ForensicsSource
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.trading.excursions import Excursions
from chalicelib.domain.trading.legs import Leg
from chalicelib.store.own_rows import IS_OWN
from chalicelib.store.trades.portfolio import touch_portfolio
from chalicelib.store.trades.trades import load_legs

_ENDED: Final = """
    select t.id, t.username, t.ticker, t.entry_date, t.close_date, t.entry_price, t.filled_qty,
           t.realized_pnl, t.max_gain, t.max_drawdown,
           case when t.risk_floor > 0 then t.risk_basis end as risk_basis,
           array(
               select f.price from fills f where f.trade_id = t.id order by f.filled_at, f.id
           ) as fill_prices,
           (
               select min(f.filled_at) from fills f where f.trade_id = t.id and f.kind = 'SETTLEMENT'
           ) as settled_at
    from paper_trades t
    where t.is_locked and t.status <> 'CANCELED'
      and t.entry_date is not null and t.entry_price is not null and t.close_date is not null
      and exists (select from trade_legs l where l.trade_id = t.id)
"""
#: Through the partial index `paper_trades_unanalysed`.
_WAITING: Final = text(f"{_ENDED} and t.analysed_at is null order by t.close_date, t.id limit :limit")
_NAMED: Final = text(f"{_ENDED} and t.id = :trade_id")
_SNAPSHOTS: Final = text(
    f"""
    select distinct on (s.timestamp, s.kind) s.timestamp, s.mark_price from price_snapshots s
    where s.trade_id = :trade_id and s.timestamp between :first and :last
      and s.kind in ('INTRADAY', 'ENTRY', 'EXIT') and s.mark_price is not null and {IS_OWN}
    order by s.timestamp, s.kind, s.leg_no
    """  # noqa: S608 - a condition of our own
)
#: What a vendor's minutes have shown stays when the vendor no longer reaches back to them.
_SAVE: Final = text(
    """
    update paper_trades set
        target_pnl_15m = :pnl_15m, target_pnl_1h = :pnl_1h,
        target_mfe_pct = :mfe_pct, target_mae_pct = :mae_pct,
        forensics_source = :source, analysed_at = :now, last_updated = :now
    where id = :id and is_locked
      and not (forensics_source is not distinct from 'HISTORY' and cast(:source as text) = 'SNAPSHOTS')
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An ended trade as forensics needs it. Prices per share and its own (W-02), all else in dollars.

    `symbol` is the contract, share or coin whose minutes tell of it, the ticker of several legs: no vendor
    has minutes of those. `risk_basis` is None where per cents are of what it cost. `settled_at` is when the
    first of its legs ended by itself: from then on what is held of it has another price than its own.
    """

    id: UUID
    username: str
    ticker: str
    symbol: str
    has_minutes: bool
    is_coin: bool
    multiplier: Decimal
    is_long: bool
    entry_at: datetime
    ended_at: datetime
    settled_at: datetime | None
    entry_price: Decimal
    quantity: Decimal
    realized_pnl: Decimal | None
    risk_basis: Decimal | None
    seen: Excursions
    fill_prices: tuple[Decimal, ...]


def find_ended(connection: Connection, *, trade_id: UUID | None, limit: int) -> list[Ended]:
    """Return ended trades that were not examined yet, oldest end first; or the one that is named."""
    if trade_id is None:
        rows = connection.execute(_WAITING, {"limit": limit})
    else:
        rows = connection.execute(_NAMED, {"trade_id": trade_id})
    found = rows.all()
    legs = load_legs(connection, [row.id for row in found])
    return [_ended(row, legs[row.id]) for row in found]


def _ended(row: Row[Any], legs: Sequence[Leg]) -> Ended:  # Any: a text's columns have no types
    terms = [leg.terms for leg in legs if leg.origin is None]
    is_one = len(legs) == 1
    return Ended(
        id=row.id,
        username=row.username,
        ticker=row.ticker,
        symbol=legs[0].symbol if is_one else row.ticker,
        has_minutes=is_one,
        is_coin=legs[0].instrument is Instrument.CRYPTO,
        multiplier=unit_multiplier(terms),
        is_long=structure_sign(terms) > 0,
        entry_at=row.entry_date,
        ended_at=row.close_date,
        settled_at=row.settled_at,
        entry_price=row.entry_price,
        quantity=row.filled_qty,
        realized_pnl=row.realized_pnl,
        risk_basis=row.risk_basis,
        seen=Excursions(best=row.max_gain or ZERO, worst=row.max_drawdown or ZERO),
        fill_prices=tuple(row.fill_prices),
    )


def read_marks(
    connection: Connection, trade_id: UUID, first: datetime, last: datetime
) -> Sequence[tuple[datetime, Decimal]]:
    """Return a trade's own marks in [first, last], oldest first; bookends are not among them."""
    rows = connection.execute(_SNAPSHOTS, {"trade_id": trade_id, "first": first, "last": last})
    return [(row.timestamp, row.mark_price) for row in rows]


def save_findings(
    connection: Connection, trade: Ended, findings: Findings, source: ForensicsSource, now: datetime
) -> None:
    """Store what was found; moves the ETag and not the version."""
    connection.execute(
        _SAVE,
        {
            "id": trade.id,
            "pnl_15m": findings.pnl_15m,
            "pnl_1h": findings.pnl_1h,
            "mfe_pct": findings.mfe_pct,
            "mae_pct": findings.mae_pct,
            "source": source,
            "now": now,
        },
    )
    touch_portfolio(connection, trade.username)
