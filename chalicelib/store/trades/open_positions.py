"""What is held now, as it is asked before the open, before an expiry and when an account is compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.sides import LegSide

_UNDERLYINGS: Final = text(
    "select count(distinct ticker) from paper_trades where not is_locked and open_qty > 0"
)
_REMARKABLE: Final = text(
    """
    select t.username, t.id as trade_id, t.ticker, t.structure, x.expires_today, x.goes_on,
           t.unprotected_since is not null as unprotected,
           coalesce(t.mark_at, t.entry_date) < :stale_before as stale
    from paper_trades t cross join lateral (
        select coalesce(bool_or(l.expiry = :today), false) as expires_today,
               coalesce(bool_or(l.expiry is distinct from :today), false) as goes_on
        from trade_legs l where l.trade_id = t.id and l.apart_qty is distinct from 0
    ) x
    where not t.is_locked and t.open_qty > 0
      and (x.expires_today or t.unprotected_since is not null
           or coalesce(t.mark_at, t.entry_date) < :stale_before)
    order by t.username, t.id
    """
)
_EXPIRING: Final = text(
    """
    select t.username, t.id as trade_id, t.ticker, t.structure, t.broker_mode as mode, t.account_id,
           s.close_before_expiry
    from paper_trades t
    join user_settings s on s.username = t.username
    where t.broker_mode = any(:modes) and not t.is_locked and t.open_qty > 0
      and exists (
          select from trade_legs l
          where l.trade_id = t.id and l.expiry = :today and l.apart_qty is distinct from 0
      )
    order by t.username, t.id
    """
)
_EXPLAINED: Final = text(
    """
    select coalesce(sum((
        coalesce(l.apart_qty, (t.open_qty - t.excess_qty) * l.ratio) - case
            when exists (select from trade_legs o where o.trade_id = t.id and o.leg_no <> l.leg_no)
            then l.missing_qty else t.missing_qty end
    ) * case l.side when 'SHORT' then -1 else 1 end), 0)
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where t.broker_mode = :mode and t.account_id = :account_id and l.symbol = :symbol and not t.is_locked
    """
)

_SIDES: Final = text(
    """
    select distinct l.symbol, l.side
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where t.broker_mode = :mode and t.account_id = :account_id and not t.is_locked
      and l.symbol = any(:symbols) and l.apart_qty is distinct from 0
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarkable:
    """A held trade about which its owner should know something before the open; at least one is true.

    `goes_on` says that not all that is held of it expires today.
    """

    username: str
    trade_id: UUID
    ticker: str
    structure: str | None
    expires_today: bool
    goes_on: bool
    unprotected: bool
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """A trade of which something that is held expires today."""

    username: str
    trade_id: UUID
    ticker: str
    structure: str | None
    mode: BrokerMode
    account_id: str
    close_before_expiry: bool


def count_underlyings(connection: Connection) -> int:
    """Count the underlyings that anything is held of, over all users."""
    return int(connection.execute(_UNDERLYINGS).scalar_one())


def read_remarkable(connection: Connection, *, today: date, stale_before: datetime) -> list[Remarkable]:
    """Read everybody's held trades that expire today, lack protection, or were last marked before then."""
    rows = connection.execute(_REMARKABLE, {"today": today, "stale_before": stale_before})
    return [
        Remarkable(
            username=row.username,
            trade_id=row.trade_id,
            ticker=row.ticker,
            structure=row.structure,
            expires_today=row.expires_today,
            goes_on=row.goes_on,
            unprotected=row.unprotected,
            stale=bool(row.stale),
        )
        for row in rows
    ]


def read_expiring(connection: Connection, modes: Sequence[BrokerMode], today: date) -> list[Expiring]:
    """Read everybody's trades at these brokers whose contracts expire today."""
    rows = connection.execute(_EXPIRING, {"modes": list(modes), "today": today}).mappings()
    return [Expiring(**{**row, "mode": BrokerMode(row["mode"])}) for row in rows]


def explained_quantity(connection: Connection, account: AccountRef, symbol: str) -> Decimal:
    """Return how much of a contract an account should hold for our open trades: the sum of `position_in`."""
    return Decimal(connection.execute(_EXPLAINED, {**account.named, "symbol": symbol}).scalar_one())


def sides_held(
    connection: Connection, account: AccountRef, symbols: Sequence[str]
) -> set[tuple[str, LegSide]]:
    """Read on which sides trades of an account that have not ended hold these contracts, or are to."""
    rows = connection.execute(_SIDES, {**account.named, "symbols": list(symbols)})
    return {(row.symbol, LegSide(row.side)) for row in rows}
