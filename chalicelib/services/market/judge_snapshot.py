"""What quotes are worth as snapshots: a mark of each leg and of all together, or why none (I-15, W-02)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import Mark, NoMark, OptionQuote, mark_of, of_one_moment
from chalicelib.domain.structures.weighed import Share, weigh
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import OWN_LEG_NO, Snapshot, SnapshotKind

_SIDES: Final = {side.value: side for side in LegSide}
_NO_QUOTE: Final = (None,) * 7


def snapshot_of(
    leg: OpenLeg,
    quote: OptionQuote | None,
    *,
    kind: SnapshotKind,
    timestamp: datetime,
    now: datetime,
    underlying: Decimal | None,
    missing_reason: str | None = None,
) -> Snapshot:
    """Judge a quote for a leg: a usable one gives a mark, any other is kept with the reason (I-15)."""
    mark = mark_of(quote, leg.symbol, now, side=_SIDES[leg.side])
    price, one_sided = mark if isinstance(mark, Mark) else (None, False)
    reason = mark.reason if isinstance(mark, NoMark) else None
    of_leg = (leg.username, leg.trade_id, leg.leg_no, timestamp, kind, price)
    is_stale = price is None
    if quote is None:
        of_nothing = (None, is_stale, one_sided, False, missing_reason or reason)
        return Snapshot._make((*of_leg, *_NO_QUOTE, underlying, *of_nothing))
    sides = (quote.bid, quote.ask)
    greeks = (quote.delta, quote.gamma, quote.theta, quote.vega, quote.iv)
    told = (quote.source, is_stale, one_sided, quote.is_delayed, reason)
    return Snapshot._make((*of_leg, *sides, *greeks, underlying, *told))


def own_prices(
    held: Sequence[OpenLeg],
    seen: Sequence[OpenLeg],
    shown: Sequence[Snapshot],
    quotes: Mapping[str, OptionQuote],
) -> list[Snapshot]:
    """Return the own row of each trade of several legs: `shown` are the snapshots of the legs in `seen`.

    A trade of which not all that is `held` was seen has none: its mark stays.
    """
    count = Counter(leg.trade_id for leg in held)
    if len(count) == len(held):
        return []
    places: dict[str, list[int]] = {}
    for place, leg in enumerate(seen):
        if count[leg.trade_id] > 1:
            places.setdefault(leg.trade_id, []).append(place)
    return [
        own_price([seen[i] for i in at], [quotes.get(seen[i].symbol) for i in at], [shown[i] for i in at])
        if len(at) == count[trade_id]
        else _unseen(shown[at[0]])
        for trade_id, at in places.items()
    ]


def _unseen(one: Snapshot) -> Snapshot:
    return one._replace(leg_no=OWN_LEG_NO, mark_price=None, stale=True, reason="not all legs were read")


def own_price(
    legs: Sequence[OpenLeg], quotes: Sequence[OptionQuote | None], shown: Sequence[Snapshot]
) -> Snapshot:
    """Return the row of a structure's own price: none while a leg has none, or their quotes lie apart."""
    weighed = weigh(tuple(Share(leg.instrument, leg.side, leg.ratio, leg.multiplier) for leg in legs))
    price = weighed.net([one.mark_price for one in shown])
    reason = None
    if price is None:
        reason = next(
            f"{one.reason or 'no mark'} for {leg.symbol}"
            for leg, one in zip(legs, shown, strict=True)
            if one.mark_price is None
        )
    elif not of_one_moment(quotes):
        price, reason = None, "the legs' quotes are not of one moment"
    return shown[0]._replace(
        leg_no=OWN_LEG_NO,
        mark_price=price,
        bid=weighed.natural_exit(quotes),
        ask=weighed.natural_entry(quotes),
        delta=weighed.net([one.delta for one in shown]),
        gamma=weighed.net([one.gamma for one in shown]),
        theta=weighed.net([one.theta for one in shown]),
        vega=weighed.net([one.vega for one in shown]),
        iv=None,
        stale=price is None,
        one_sided=any(one.one_sided for one in shown),
        delayed=any(one.delayed for one in shown),
        reason=reason,
    )
