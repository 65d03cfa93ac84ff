"""What users hold in units of their underlyings, with the Greeks last seen of each leg (B-09).

What may still fill counts as held. A held leg's Greeks are its last usable mark's, not older than the caller
says; of one whose entry is younger, or that is not filled yet, what was seen when it was ordered will do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.desk.book import OF_A_SHARE, Book, Greeks, Holding, net
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.store.ahead import read_ahead

_HOLDINGS: Final = text(
    """
    select t.username, t.broker_mode as mode, l.instrument, u.units,
           cast(coalesce(s.delta, cast(o.greeks ->> 'delta' as numeric)) as double precision) as delta,
           cast(coalesce(s.gamma, cast(o.greeks ->> 'gamma' as numeric)) as double precision) as gamma,
           cast(coalesce(s.vega, cast(o.greeks ->> 'vega' as numeric)) as double precision) as vega
    from paper_trades t join trade_legs l on l.trade_id = t.id
    cross join lateral (
        select cast((
            coalesce(l.apart_qty, t.open_qty * l.ratio)
            + case when t.status in ('PENDING', 'PARTIALLY_FILLED')
              then (t.qty - t.filled_qty) * l.ratio else 0 end
        ) * l.multiplier * case l.side when 'SHORT' then -1 else 1 end as double precision) as units
    ) u
    left join lateral (
        select delta, gamma, vega from price_snapshots
        where trade_id = t.id and leg_no = l.leg_no and "timestamp" >= :since and not stale
          and delta is not null and gamma is not null and vega is not null
        order by "timestamp" desc limit 1
    ) s on l.instrument = 'OPTION'
    left join lateral (
        select case when jsonb_typeof(t.order_book_state -> 'legs') = 'array'
               then t.order_book_state -> 'legs' -> (l.leg_no - 1) -> 'greeks'
               else t.order_book_state -> 'greeks' end as greeks
    ) o on t.open_qty = 0 or t.created_at >= :since
    where t.username = any(cast(:usernames as text[])) and not t.is_locked and u.units <> 0
      and l.instrument <> 'CRYPTO' and t.shadow_of is null
    order by t.username, t.id, l.leg_no
    """
)


class BookOf(NamedTuple):
    """Whose book it is, and in which kind of money."""

    username: str
    mode: BrokerMode


def books_ahead(connection: Connection, usernames: Sequence[str], since: datetime) -> None:
    """Read what `read_books` reads together with what is read next."""
    read_ahead(connection, _HOLDINGS, {"usernames": list(usernames), "since": since})


def read_books(
    connection: Connection, usernames: Sequence[str], since: datetime
) -> Mapping[BookOf, Book | None]:
    """Read the books of these users, one for each kind of money that they hold anything in.

    None where a leg has no Greeks since then. Whoever holds nothing is left out: that book is empty.
    """
    holdings: dict[BookOf, list[Holding]] = {}
    for row in connection.execute(_HOLDINGS, {"usernames": list(usernames), "since": since}):
        whose = BookOf(username=row.username, mode=BrokerMode(row.mode))
        holdings.setdefault(whose, []).append(Holding(units=row.units, greeks=_greeks(row)))
    return {whose: net(held) for whose, held in holdings.items()}


def _greeks(row: Row[Any]) -> Greeks | None:  # Any: a text's columns have no types
    if row.instrument != Instrument.OPTION:
        return OF_A_SHARE
    if row.delta is None or row.gamma is None or row.vega is None:
        return None
    return Greeks(delta=row.delta, gamma=row.gamma, vega=row.vega)
