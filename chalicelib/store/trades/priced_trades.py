"""Trades of an account that are held or moved since an instant, with their fills and the marks around it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.account_figures import BookedFill, PricedTrade
from chalicelib.store.own_rows import IS_OWN

_TRADES: Final = text(
    """
    select t.id, t.sl_price, t.unrealized_pnl, t.current_price, t.mark_at, t.delayed, l.multiplier, l.side
    from paper_trades t join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id and t.filled_qty > 0
      and (not t.is_locked or (t.close_date >= :since and t.close_reason <> 'BROKER_RESET'))
    """
)
_FILLS: Final = text(
    """
    select trade_id, filled_at as at, is_buy, quantity, price, fees from fills
    where trade_id = any(:ids) order by filled_at, id
    """
)
#: The last mark up to each instant; one index look a trade and instant.
_MARKS: Final = text(
    f"""
    select a.since, i.trade_id, m.mark_price, m."timestamp" as at, m.delayed
    from unnest(cast(:instants as timestamptz[]), cast(:untils as timestamptz[])) a (since, until)
    cross join unnest(cast(:ids as uuid[])) i (trade_id)
    cross join lateral (
        select s.mark_price, s."timestamp", s.delayed from price_snapshots s
        where s.trade_id = i.trade_id and s."timestamp" <= a.until and s.mark_price is not null
          and s."timestamp" > a.since - interval '8 days' and {IS_OWN}
        order by s."timestamp" desc, s.leg_no limit 1
    ) m
    """  # noqa: S608 - a condition of our own
)

#: Whether a mark of this instant, of a delayed source or not, may stand for the market at another.
IsFresh = Callable[[datetime, datetime, bool], bool]


def priced_trades(
    connection: Connection,
    account: AccountRef,
    *,
    instants: Mapping[datetime, datetime],
    now: datetime,
    is_fresh: IsFresh,
) -> list[PricedTrade]:
    """Read what is held now, or ended after the first of these instants, priced at each of them and now.

    Each instant names until when marks may speak for it: itself, or the bookend after a close. A mark that
    `is_fresh(mark_at, at, delayed)` denies counts as none.
    """
    found = connection.execute(_TRADES, {**account.named, "since": min(instants)}).all()
    ids = [row.id for row in found]
    if not ids:
        return []
    fills = _fills_of(connection, ids)
    marks: dict[UUID, dict[datetime, Decimal]] = defaultdict(dict)
    for mark in connection.execute(
        _MARKS, {"instants": list(instants), "untils": list(instants.values()), "ids": ids}
    ):
        if mark.at >= mark.since or is_fresh(mark.at, mark.since, mark.delayed):
            marks[mark.trade_id][mark.since] = mark.mark_price
    return [
        PricedTrade(
            multiplier=row.multiplier,
            side=LegSide(row.side),
            sl_price=row.sl_price,
            unrealized_pnl=row.unrealized_pnl,
            mark=row.current_price
            if row.mark_at is not None and is_fresh(row.mark_at, now, row.delayed)
            else None,
            marks_then={at: marks[row.id].get(at) for at in instants},
            fills=fills[row.id],
        )
        for row in found
    ]


def _fills_of(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, list[BookedFill]]:
    fills: dict[UUID, list[BookedFill]] = defaultdict(list)
    for fill in connection.execute(_FILLS, {"ids": ids}):
        fills[fill.trade_id].append(
            BookedFill(
                at=fill.at, is_buy=fill.is_buy, quantity=fill.quantity, price=fill.price, fees=fill.fees
            )
        )
    return fills
