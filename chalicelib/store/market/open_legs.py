"""Held legs that want a mark (A-02)."""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER

_OPEN_LEGS: Final = text(
    """
    select t.username, cast(t.id as text) as trade_id, t.ticker, l.leg_no, l.symbol, l.expiry,
           t.broker_mode = 'PAPER' as on_paper,
           l.instrument, l.side, l.ratio, l.multiplier
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where not t.is_locked and t.open_qty > 0 and l.apart_qty is distinct from 0
      and (cast(:username as text) is null or t.username = :username)
      and (cast(:ticker as text) is null or t.ticker = :ticker)
      and (l.instrument = 'CRYPTO') = :coins
    order by t.ticker, l.expiry, t.id
    """
)


class OpenLeg(NamedTuple):
    """A held leg, a row of the query; one of shares has its ticker for a symbol, and no expiry.

    `ratio` of it stands in each structure, `multiplier` is what one of it stands for.
    """

    username: str
    trade_id: str
    """As text: it only passes through."""
    ticker: str
    leg_no: int
    symbol: str
    expiry: date | None
    on_paper: bool
    instrument: str = Instrument.OPTION
    side: str = LegSide.LONG
    ratio: int = 1
    multiplier: Decimal = OPTION_MULTIPLIER


def read_open_legs(
    connection: Connection, *, username: str | None, ticker: str | None, coins: bool = False
) -> list[OpenLeg]:
    """Read the held legs, of one user or of one underlying when named, by underlying and expiry.

    Those of US instruments, or of coins: each has its own clock (W-06).
    """
    # By place and all at once: whatever else is made of a row costs as much as the query.
    asked = {"username": username, "ticker": ticker, "coins": coins}
    rows = connection.execute(_OPEN_LEGS, asked).all()
    return [OpenLeg._make(row) for row in rows]
