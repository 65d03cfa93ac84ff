"""Trades of an account that are held or moved since an instant, with their fills and the marks around it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.account_figures import BookedFill, PricedLeg, PricedTrade, stop_of_strategy

_TRADES: Final = text(
    """
    select t.id, t.sl_price, t.unrealized_pnl, t.current_price, t.mark_at, t.delayed, t.open_qty,
           legs.per_structure, legs.numbers, legs.multipliers, t.entry_price,
           cast(s.exit_conditions ->> 'stop_pct' as numeric) as stop_pct,
           cast(s.exit_conditions ->> 'stop_usd' as numeric) as stop_usd
    from paper_trades t
    left join strategies s
        on t.originator = 'DESK' and s.id = cast(t.originator_id as uuid) and s.username = t.username
    cross join lateral (
        select case when count(*) filter (where l.origin is null) = 1
                    then max(l.multiplier * case l.side when 'SHORT' then -1 else 1 end)
                         filter (where l.origin is null)
                    else max(l.multiplier) end as per_structure,
               array_agg(l.leg_no order by l.leg_no) as numbers,
               array_agg(l.multiplier order by l.leg_no) as multipliers
        from trade_legs l where l.trade_id = t.id
    ) legs
    where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id and t.filled_qty > 0
      and (not t.is_locked or (t.close_date >= :since and t.close_reason <> 'BROKER_RESET'))
    """
)
_FILLS: Final = text(
    """
    select trade_id, leg_no, filled_at as at, is_buy, quantity, price, fees from fills
    where trade_id = any(:ids) order by filled_at, id
    """
)
#: The last mark up to each instant; one index look a leg and instant. Own rows of several legs stay out.
_MARKS: Final = text(
    """
    select a.since, l.trade_id, l.leg_no, m.mark_price, m."timestamp" as at, m.delayed
    from unnest(cast(:instants as timestamptz[]), cast(:untils as timestamptz[])) a (since, until)
    cross join trade_legs l
    cross join lateral (
        select s.mark_price, s."timestamp", s.delayed from price_snapshots s
        where s.trade_id = l.trade_id and s.leg_no = l.leg_no and s."timestamp" <= a.until
          and s.mark_price is not null and s."timestamp" > a.since - interval '8 days'
        order by s."timestamp" desc limit 1
    ) m
    where l.trade_id = any(:ids)
    """
)
#: The legs' marks of the moment at which a trade of several was marked last.
_NOW: Final = text(
    """
    select s.trade_id, s.leg_no, s.mark_price from price_snapshots s
    join paper_trades t on t.id = s.trade_id and t.mark_at = s."timestamp"
    where s.trade_id = any(:ids) and s.leg_no > 0 and s.mark_price is not null
    """
)

#: A trade and the number of its leg.
_LegKey: TypeAlias = tuple[UUID, int]
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
    then = _marks_then(connection, ids, instants, is_fresh)
    several = [row.id for row in found if len(row.numbers) > 1]
    now_of = _marks_now(connection, several) if several else {}
    trades = []
    for row in found:
        is_marked = row.mark_at is not None and is_fresh(row.mark_at, now, row.delayed)
        own = row.current_price if is_marked else None
        legs = [
            PricedLeg(
                multiplier=multiplier,
                mark=own if len(row.numbers) == 1 else now_of.get((row.id, number)) if is_marked else None,
                marks_then={at: then[row.id, number].get(at) for at in instants},
                fills=fills[row.id, number],
            )
            for number, multiplier in zip(row.numbers, row.multipliers, strict=True)
        ]
        trades.append(_priced(row, own, legs))
    return trades


def _priced(row: Row[Any], mark: Decimal | None, legs: Sequence[PricedLeg]) -> PricedTrade:  # Any: a row
    per_point = row.per_structure * row.open_qty
    return PricedTrade(
        trade_id=row.id,
        sl_price=row.sl_price,
        strategy_stop=stop_of_strategy(
            entry_price=row.entry_price,
            per_point=per_point,
            stop_pct=row.stop_pct,
            stop_usd=row.stop_usd,
        ),
        unrealized_pnl=row.unrealized_pnl,
        mark=mark,
        per_point=per_point,
        legs=legs,
    )


def _marks_then(
    connection: Connection, ids: Sequence[UUID], instants: Mapping[datetime, datetime], is_fresh: IsFresh
) -> Mapping[_LegKey, Mapping[datetime, Decimal]]:
    marks: dict[_LegKey, dict[datetime, Decimal]] = defaultdict(dict)
    for mark in connection.execute(
        _MARKS, {"instants": list(instants), "untils": list(instants.values()), "ids": ids}
    ):
        if mark.at >= mark.since or is_fresh(mark.at, mark.since, mark.delayed):
            marks[mark.trade_id, mark.leg_no][mark.since] = mark.mark_price
    return marks


def _marks_now(connection: Connection, ids: Sequence[UUID]) -> Mapping[_LegKey, Decimal]:
    rows = connection.execute(_NOW, {"ids": ids})
    return {(row.trade_id, row.leg_no): row.mark_price for row in rows}


def _fills_of(connection: Connection, ids: Sequence[UUID]) -> Mapping[_LegKey, list[BookedFill]]:
    fills: dict[_LegKey, list[BookedFill]] = defaultdict(list)
    for fill in connection.execute(_FILLS, {"ids": ids}):
        fills[fill.trade_id, fill.leg_no].append(
            BookedFill(
                at=fill.at, is_buy=fill.is_buy, quantity=fill.quantity, price=fill.price, fees=fill.fees
            )
        )
    return fills
