"""What quotes are worth as snapshots: a mark of each leg and of all together, or why none (I-15, W-02)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import Mark, NoMark, OptionQuote, mark_of, of_one_moment
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.structures.prices import (
    NoPrice,
    natural_entry_price,
    natural_exit_price,
    net_price,
    unit_multiplier,
)
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import OWN_LEG_NO, Snapshot, SnapshotKind

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
    mark = mark_of(quote, leg.symbol, now, side=LegSide(leg.side))
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
    terms = [_terms(leg) for leg in legs]
    marks = [one.mark_price for one in shown if one.mark_price is not None]
    reason = next(
        (f"{one.reason} for {leg.symbol}" for leg, one in zip(legs, shown, strict=True) if one.reason), None
    )
    if reason is None and not of_one_moment(quotes):
        reason = "the legs' quotes are not of one moment"
    price = net_price(terms, marks) if reason is None and len(marks) == len(legs) else None
    bid, ask = natural_exit_price(terms, quotes), natural_entry_price(terms, quotes)
    first = shown[0]
    return first._replace(
        leg_no=OWN_LEG_NO,
        mark_price=price,
        bid=None if isinstance(bid, NoPrice) else bid,
        ask=None if isinstance(ask, NoPrice) else ask,
        delta=_in_sum(terms, [one.delta for one in shown]),
        gamma=_in_sum(terms, [one.gamma for one in shown]),
        theta=_in_sum(terms, [one.theta for one in shown]),
        vega=_in_sum(terms, [one.vega for one in shown]),
        iv=None,
        stale=price is None,
        one_sided=any(one.one_sided for one in shown),
        delayed=any(one.delayed for one in shown),
        reason=reason,
    )


def _terms(leg: OpenLeg) -> LegTerms:
    return LegTerms(
        instrument=Instrument(leg.instrument),
        side=LegSide(leg.side),
        ratio=leg.ratio,
        multiplier=leg.multiplier,
    )


def _in_sum(terms: Sequence[LegTerms], values: Sequence[Decimal | None]) -> Decimal | None:
    """Return a Greek of one structure per share; None where a leg's is not known."""
    known = [value for value in values if value is not None]
    if len(known) < len(terms):
        return None
    total = sum((leg.units * value for leg, value in zip(terms, known, strict=True)), ZERO)
    return to_price(total / unit_multiplier(terms))
