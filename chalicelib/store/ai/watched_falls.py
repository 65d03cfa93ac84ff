"""P&L of traders as it is looked at each minute for its drawdown, of all users at once, for jobs (C-03)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from chalicelib.domain.accounts import COINS_ACCOUNT, BrokerMode
from chalicelib.domain.ai.rules.drawdown import Fall
from chalicelib.store.ai.traders import TraderRow, from_row
from chalicelib.store.schema import ai_falls, traders

#: What ended a little before is looked at once more: its last fill may have been the fall.
_ENDED_SINCE: Final = timedelta(minutes=10)
_OF_TRADERS: Final = (
    f"t.originator = 'AI' and t.broker_mode = '{BrokerMode.PAPER}' and t.account_id = '{COINS_ACCOUNT}'"
)
#: P&L of what is open comes of its fills, with what is held at the price of now (store/ai/standing.py).
_PNL: Final = text(
    f"""
    with watched as (
        select t.username from paper_trades t where {_OF_TRADERS} and not t.is_locked
        union
        select t.username from paper_trades t
        where {_OF_TRADERS} and t.is_locked and t.close_date >= :ended_since
    ), opened as (
        select t.username, t.originator_id, bool_or(t.open_qty > 0 and c.price is null) as is_unpriced,
               sum(f.cash + t.open_qty * coalesce(c.price, 0) * case l.side when 'SHORT' then -1 else 1 end)
                   as pnl
        from paper_trades t join watched w on w.username = t.username
        join trade_legs l on l.trade_id = t.id and l.leg_no = 1
        left join crypto_symbols c on c.symbol = l.symbol and c.price_at >= :priced_since
        cross join lateral (
            select coalesce(sum(quantity * price * case when is_buy then -1 else 1 end - fees), 0) as cash
            from fills where trade_id = t.id
        ) f
        where {_OF_TRADERS} and not t.is_locked
        group by t.username, t.originator_id
    ), ended as (
        select t.username, t.originator_id, sum(t.realized_pnl) as pnl
        from paper_trades t join watched w on w.username = t.username
        where {_OF_TRADERS} and t.is_locked and t.status <> 'CANCELED'
        group by t.username, t.originator_id
    )
    select coalesce(o.username, e.username) as username,
           coalesce(o.originator_id, e.originator_id) as trader_id,
           case when not coalesce(o.is_unpriced, false)
               then coalesce(o.pnl, 0) + coalesce(e.pnl, 0) end as pnl
    from opened o full join ended e on e.username = o.username and e.originator_id = o.originator_id
    order by 1, 2
    """  # noqa: S608 - words of our own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderPnl:
    """What a trader has made or lost, realised and open, net of fees paid; None: something has no price."""

    username: str
    trader_id: UUID
    pnl: Decimal | None


def read_pnl(connection: Connection, now: datetime, priced_since: datetime) -> list[TraderPnl]:
    """Read the P&L of every trader of whoever has something open, or had until just now."""
    asked = {"ended_since": now - _ENDED_SINCE, "priced_since": priced_since}
    return [
        TraderPnl(username=row.username, trader_id=UUID(row.trader_id), pnl=row.pnl)
        for row in connection.execute(_PNL, asked)
    ]


def read_falls_of(
    connection: Connection, usernames: Collection[str], mode: str
) -> dict[str, dict[UUID | None, Fall]]:
    """Read how far P&L is known, of several users; under None of an account."""
    names = [*Fall.__dataclass_fields__]
    c = ai_falls.c
    found: dict[str, dict[UUID | None, Fall]] = {}
    for row in connection.execute(select(ai_falls).where(c.username.in_(usernames), c.mode == mode)):
        fall = Fall(**{name: getattr(row, name) for name in names})
        found.setdefault(row.username, {})[row.trader_id] = fall
    return found


def read_traders_of(connection: Connection, usernames: Collection[str]) -> dict[str, list[TraderRow]]:
    """Read the traders of several users that were not removed."""
    c = traders.c
    mine = select(traders).where(c.username.in_(usernames), c.removed_at.is_(None)).order_by(c.id)
    found: dict[str, list[TraderRow]] = {}
    for row in connection.execute(mine):
        found.setdefault(row.username, []).append(from_row(row))
    return found
