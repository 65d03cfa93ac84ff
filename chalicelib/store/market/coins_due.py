"""Which accounts of coins have something to do: levels that minutes may reach, and what the core left undone.

An account in which nothing rests that a minute reaches, and whose trades stand as they should, is left alone:
its books would be the same after the minute, and its sync would wait (C-10).
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import COINS_ACCOUNT, BrokerMode
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import LIVE, NOT_ENDED, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.store.literals import in_words

_MINE: Final = f"t.broker_mode = '{BrokerMode.PAPER}' and t.account_id = '{COINS_ACCOUNT}'"
_LEVELS: Final = text(
    f"""
    select username, symbol, side, type, coalesce(stop_price, limit_price) as price, created_at, rests_from,
           expires_at
    from paper_orders
    where account_id = '{COINS_ACCOUNT}' and type is not null and status in ({in_words(LIVE)})
    """  # noqa: S608 - words of our own
)
#: A trade stands as it should when it is open with nothing asked of it, and its stop works over all of it at
#: its price, or its target works where it has no stop; or when it waits for an entry that rests. Everything
#: else that has not ended, orders that did not say how they stand, and ones of which the books say otherwise.
_UNSETTLED: Final = text(
    f"""
    select t.username from paper_trades t
    left join lateral (
        select coalesce(sum(o.quantity - o.filled_quantity) filter (where o.role = '{OrderRole.STOP_LOSS}'
                   and o.stop_price = t.sl_price), 0) as stopped,
               count(*) filter (where o.role = '{OrderRole.TAKE_PROFIT}') as targets,
               count(*) filter (where o.role = '{OrderRole.ENTRY}') as entries,
               count(*) filter (where o.role = '{OrderRole.EXIT}') as exits
        from orders o where o.trade_id = t.id and o.status = '{OrderStatus.OPEN}'
    ) w on true
    where not t.is_locked and {_MINE} and not (
        t.close_requested_at is null and t.cancel_requested_at is null and t.excess_qty = 0
        and t.missing_qty = 0 and t.unprotected_since is null and t.protection_failures = 0
        and t.walk_worst is null and w.exits = 0
        and (t.status = '{TradeStatus.PENDING}' and w.entries = 1
             or t.status = '{TradeStatus.OPEN}' and w.entries = 0
                and (t.sl_price is null and (t.tp_price is null or w.targets > 0)
                     or w.stopped = t.open_qty and (t.tp_price is null or w.targets > 0))))
    union
    select t.username from orders o join paper_trades t on t.id = o.trade_id
    left join paper_orders p on p.username = o.username and p.account_id = t.account_id
        and p.id::text = o.broker_order_id
    where {_MINE} and o.status in ({in_words(NOT_ENDED)})
      and (t.is_locked or o.status <> '{OrderStatus.OPEN}' or o.missed_at is not null
           or o.cancel_requested_at is not null or p.id is null or p.status <> '{OrderStatus.OPEN}'
           or p.filled_quantity <> o.filled_quantity)
    union
    select t.username from trade_changes c join paper_trades t on t.id = c.trade_id
    where {_MINE} and c.state = 'PENDING' and not c.waits
    union
    select username from broker_accounts t where {_MINE} and (failures > 0 or empty_since is not null)
    """  # noqa: S608 - words of our own
)
#: Rows that somebody's order is about to move are left to it.
_MARK: Final = text(
    f"""
    update paper_positions p set mark_price = s.price
    from (
        select username, symbol from paper_positions
        where account_id = '{COINS_ACCOUNT}' and symbol = any (cast(:symbols as text[]))
        order by username, symbol for update skip locked
    ) held, unnest(cast(:symbols as text[]), cast(:prices as numeric[])) as s (symbol, price)
    where p.username = held.username and p.account_id = '{COINS_ACCOUNT}' and p.symbol = held.symbol
      and s.symbol = p.symbol and p.mark_price is distinct from s.price
    """  # noqa: S608 - as above
)


class Level(NamedTuple):
    """A working paper order for a coin, as far as minutes ask for it; `price` None: at market."""

    username: str
    symbol: str
    side: OrderSide
    type: OrderType
    price: Decimal | None
    rests_from: datetime
    expires_at: datetime


def read_levels(connection: Connection) -> list[Level]:
    """Read everybody's working orders."""
    return [
        Level(
            username=row.username,
            symbol=row.symbol,
            side=OrderSide(row.side),
            type=OrderType(row.type),
            price=row.price,
            rests_from=row.rests_from or row.created_at,
            expires_at=row.expires_at,
        )
        for row in connection.execute(_LEVELS)
    ]


def read_unsettled(connection: Connection) -> set[str]:
    """Read who has a trade or an order that does not stand as it should."""
    return {row.username for row in connection.execute(_UNSETTLED)}


def mark_holdings(connection: Connection, prices: Iterable[tuple[str, Decimal]]) -> None:
    """Write what holdings are worth at these coins' last prices."""
    found = list(prices)
    if found:
        symbols, marks = zip(*found, strict=True)
        connection.execute(_MARK, {"symbols": list(symbols), "prices": list(marks)})
