"""Forensics' rows (A-09): ended trades that wait for it, their own snapshots, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.analysis.forensics import Findings, ForensicsSource
from chalicelib.store.own_rows import IS_OWN
from chalicelib.store.trades.portfolio import touch_portfolio

_ENDED: Final = """
    select t.id, t.username, t.ticker, l.symbol, l.multiplier, l.side, t.entry_date, t.close_date,
           t.entry_price, t.filled_qty, t.realized_pnl,
           array(
               select f.price from fills f where f.trade_id = t.id order by f.filled_at, f.id
           ) as fill_prices
    from paper_trades t join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where t.is_locked and t.status <> 'CANCELED'
      and t.entry_date is not null and t.entry_price is not null and t.close_date is not null
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
    """An ended trade as forensics needs it. Prices per share, `realized_pnl` in dollars."""

    id: UUID
    username: str
    ticker: str
    symbol: str
    multiplier: Decimal
    is_long: bool
    entry_at: datetime
    ended_at: datetime
    entry_price: Decimal
    quantity: Decimal
    realized_pnl: Decimal | None
    fill_prices: tuple[Decimal, ...]


def find_ended(connection: Connection, *, trade_id: UUID | None, limit: int) -> list[Ended]:
    """Return ended trades that were not examined yet, oldest end first; or the one that is named."""
    if trade_id is None:
        rows = connection.execute(_WAITING, {"limit": limit})
    else:
        rows = connection.execute(_NAMED, {"trade_id": trade_id})
    return [
        Ended(
            id=row.id,
            username=row.username,
            ticker=row.ticker,
            symbol=row.symbol,
            multiplier=row.multiplier,
            is_long=row.side == "LONG",
            entry_at=row.entry_date,
            ended_at=row.close_date,
            entry_price=row.entry_price,
            quantity=row.filled_qty,
            realized_pnl=row.realized_pnl,
            fill_prices=tuple(row.fill_prices),
        )
        for row in rows
    ]


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
