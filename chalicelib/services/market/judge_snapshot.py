"""What a quote is worth as a snapshot of a leg: a mark, or the reason why there is none (I-15)."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.market.quotes import Mark, NoMark, OptionQuote, mark_of
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import Snapshot, SnapshotKind

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
    mark = mark_of(quote, leg.symbol, now)
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
