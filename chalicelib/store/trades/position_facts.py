"""What is known of held trades beside their marks: cost, the newest quote, Greeks of all their legs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.position_book import HeldGreeks
from chalicelib.store.own_rows import IS_OWN

_ACCOUNTS: Final = text(
    """
    select distinct broker_mode, account_id from paper_trades
    where username = :username and not is_locked and open_qty > 0 order by broker_mode, account_id
    """
)
#: A leg's newest snapshot is never older than the trade's own mark; shares have a delta of one, and no other.
_FACTS: Final = text(
    f"""
    select t.id, t.ticker, t.entry_price, own.bid, own.ask, held.underlying,
           t.risk_basis * t.open_qty / nullif(t.filled_qty, 0) as basis,
           held.delta, held.gamma, held.theta, held.vega
    from paper_trades t
    left join lateral (
        select s.bid, s.ask from price_snapshots s
        where s.trade_id = t.id and s."timestamp" >= t.mark_at and {IS_OWN}
        order by s."timestamp" desc, s.leg_no limit 1
    ) own on true
    cross join lateral (
        select max(m.underlying) as underlying,
               case when bool_and(m.delta is not null) then sum(m.units * m.delta) end as delta,
               case when bool_and(m.gamma is not null) then sum(m.units * m.gamma) end as gamma,
               case when bool_and(m.theta is not null) then sum(m.units * m.theta) end as theta,
               case when bool_and(m.vega is not null) then sum(m.units * m.vega) end as vega
        from (
            select s.underlying,
                   coalesce(l.apart_qty, t.open_qty * l.ratio) * l.multiplier
                       * case l.side when 'SHORT' then -1 else 1 end as units,
                   case l.instrument when 'OPTION' then s.delta else 1 end as delta,
                   case l.instrument when 'OPTION' then s.gamma else 0 end as gamma,
                   case l.instrument when 'OPTION' then s.theta else 0 end as theta,
                   case l.instrument when 'OPTION' then s.vega else 0 end as vega
            from trade_legs l left join lateral (
                select * from price_snapshots s
                where s.trade_id = l.trade_id and s.leg_no = l.leg_no and s."timestamp" >= t.mark_at
                order by s."timestamp" desc limit 1
            ) s on true
            where l.trade_id = t.id and coalesce(l.apart_qty, t.open_qty) > 0
        ) m
    ) held
    where t.id = any(:ids)
    """  # noqa: S608 - a condition of our own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFacts:
    """One held trade: `entry_price`, bid and ask its own, per share; `basis` in dollars, of what is open."""

    ticker: str
    entry_price: Decimal | None
    basis: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    underlying: Decimal | None
    greeks: HeldGreeks


def accounts_with_positions(connection: Connection, username: str) -> list[AccountRef]:
    """Read the accounts in which the user holds anything."""
    rows = connection.execute(_ACCOUNTS, {"username": username})
    return [
        AccountRef(username=username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in rows
    ]


def read_position_facts(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, PositionFacts]:
    """Read the facts of these trades, by id, in one statement."""
    return {
        row.id: PositionFacts(
            ticker=row.ticker,
            entry_price=row.entry_price,
            basis=row.basis,
            bid=row.bid,
            ask=row.ask,
            underlying=row.underlying,
            greeks=HeldGreeks(delta=row.delta, gamma=row.gamma, theta=row.theta, vega=row.vega),
        )
        for row in connection.execute(_FACTS, {"ids": list(trade_ids)})
    }
