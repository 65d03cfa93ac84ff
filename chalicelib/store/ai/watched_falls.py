"""P&L of traders as it is looked at each minute for its drawdown, of all users at once, for jobs (C-03)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.rules.drawdown import Fall
from chalicelib.store.ai.traders import TraderRow, from_row
from chalicelib.store.literals import in_words
from chalicelib.store.schema import ai_falls, traders

#: What ended a little before is looked at once more: its last fill may have been the fall.
_ENDED_SINCE: Final = timedelta(minutes=10)
_MODES: Final = in_words(mode for mode in BrokerMode if mode.is_simulated or mode.is_of_coins_alone)
_OF_TRADERS: Final = f"t.originator = 'AI' and t.broker_mode in ({_MODES})"
#: P&L of what is open comes of its fills, with what is held at the price of now (store/ai/standing.py).
_PNL: Final = text(
    f"""
    with watched as (
        select t.username, t.broker_mode from paper_trades t where {_OF_TRADERS} and not t.is_locked
        union
        select t.username, t.broker_mode from paper_trades t
        where {_OF_TRADERS} and t.is_locked and t.close_date >= :ended_since
    ), opened as (
        select t.username, t.broker_mode, t.originator_id,
               bool_or(t.open_qty > 0 and c.price is null) as is_unpriced,
               sum(f.cash + t.open_qty * coalesce(c.price, 0) * case l.side when 'SHORT' then -1 else 1 end)
                   as pnl
        from paper_trades t
        join watched w on w.username = t.username and w.broker_mode = t.broker_mode
        join trade_legs l on l.trade_id = t.id and l.leg_no = 1
        left join crypto_symbols c on c.symbol = l.symbol and c.price_at >= :priced_since
        cross join lateral (
            select coalesce(sum(quantity * price * case when is_buy then -1 else 1 end - fees), 0) as cash
            from fills where trade_id = t.id
        ) f
        where {_OF_TRADERS} and not t.is_locked
        group by t.username, t.broker_mode, t.originator_id
    ), ended as (
        select t.username, t.broker_mode, t.originator_id, sum(t.realized_pnl) as pnl
        from paper_trades t
        join watched w on w.username = t.username and w.broker_mode = t.broker_mode
        where {_OF_TRADERS} and t.is_locked and t.status <> 'CANCELED'
        group by t.username, t.broker_mode, t.originator_id
    )
    select coalesce(o.username, e.username) as username,
           coalesce(o.broker_mode, e.broker_mode) as broker_mode,
           coalesce(o.originator_id, e.originator_id) as trader_id,
           o.username is not null as is_open,
           case when not coalesce(o.is_unpriced, false)
               then coalesce(o.pnl, 0) + coalesce(e.pnl, 0) end as pnl
    from opened o full join ended e
        on e.username = o.username and e.broker_mode = o.broker_mode and e.originator_id = o.originator_id
    order by 1, 2, 3
    """  # noqa: S608 - words of our own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderPnl:
    """What a trader has made or lost in a mode, realised and open, net of fees paid.

    None: something has no price. `is_open`: it has trades there that have not ended.
    """

    username: str
    mode: BrokerMode
    trader_id: UUID
    is_open: bool
    pnl: Decimal | None


def read_pnl(connection: Connection, now: datetime, priced_since: datetime) -> list[TraderPnl]:
    """Read the P&L of every trader of whoever has something open in a mode, or had until just now."""
    asked = {"ended_since": now - _ENDED_SINCE, "priced_since": priced_since}
    return [
        TraderPnl(
            username=row.username,
            mode=BrokerMode(row.broker_mode),
            trader_id=UUID(row.trader_id),
            is_open=row.is_open,
            pnl=row.pnl,
        )
        for row in connection.execute(_PNL, asked)
    ]


def read_falls_of(
    connection: Connection, usernames: Collection[str]
) -> dict[tuple[str, str], dict[UUID | None, Fall]]:
    """Read how far P&L is known, by user and the name of what is measured; under None of an account."""
    names = [*Fall.__dataclass_fields__]
    found: dict[tuple[str, str], dict[UUID | None, Fall]] = {}
    for row in connection.execute(select(ai_falls).where(ai_falls.c.username.in_(usernames))):
        fall = Fall(**{name: getattr(row, name) for name in names})
        found.setdefault((row.username, row.mode), {})[row.trader_id] = fall
    return found


def read_traders_of(connection: Connection, usernames: Collection[str]) -> dict[str, list[TraderRow]]:
    """Read the traders of several users that were not removed."""
    c = traders.c
    mine = select(traders).where(c.username.in_(usernames), c.removed_at.is_(None)).order_by(c.id)
    found: dict[str, list[TraderRow]] = {}
    for row in connection.execute(mine):
        found.setdefault(row.username, []).append(from_row(row))
    return found
