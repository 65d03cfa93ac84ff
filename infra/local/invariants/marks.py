"""Marks: I-14 while a trade is held, I-15 of each price, a structure's own made of all its legs'."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.hours import can_trade
from infra.local.invariants.paper_fills import AGE_MAX
from infra.local.invariants.rows import LegRow, SnapshotRow, TradeRow
from infra.local.invariants.view import Touch, View

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
WORTHLESS_ASK_MAX: Final = Decimal("0.10")
"""A-02: nobody bidding beside an ask up to this is marked at half the ask, beyond it at nothing."""
NOT_MARKING: Final = "EXIT"
"""The kind of snapshot by which no trade's mark moves: nothing is held any more."""
#: The number under which a structure's own marks stand beside its legs'.
OWN: Final = 0
TWO_LEGS: Final = 2


def check_marks(view: View, findings: Findings) -> None:
    """Check the snapshots: I-14 while open, I-15 of each price."""
    sampled = 0
    for trade in view.trades.values():
        for shot in view.snapshots.get(trade.id, ()):
            _check_mark(trade, shot, findings)
            if shot.leg_no == OWN and shot.mark_price is not None:
                _check_own_mark(trade, shot, view.snapshots[trade.id], findings)
            sampled += 1
            if (
                sampled % view.prices_sampled_every == 0
                and shot.kind == "INTRADAY"
                and shot.mark_price is not None
            ):
                for leg in trade.legs:
                    if leg.leg_no == shot.leg_no:
                        _check_against_market(view, leg, shot, findings)
        _check_best_and_worst(view, trade, findings)
        if view.snapshots:
            _check_nothing_later(view, trade, findings)


def _check_mark(trade: TradeRow, shot: SnapshotRow, findings: Findings) -> None:
    if shot.mark_price is None:
        findings.check(15, shot.reason is not None, "a snapshot without a mark does not say why", trade.id)
        return
    named = [leg.symbol for leg in trade.legs if shot.leg_no in {OWN, leg.leg_no}]
    if shot.kind == "INTRADAY":
        findings.check(15, can_trade(named, shot.timestamp), "a mark of a shut market", trade.id)
    bid, ask = shot.bid or ZERO, shot.ask or ZERO
    two_sided = bid > 0 and ask > 0
    nobody_bids = shot.bid == 0 and ask > 0
    if shot.leg_no == OWN:
        return
    usable = not shot.stale and (bid <= ask if two_sided else bid > 0 or nobody_bids)
    findings.check(15, usable, f"{trade.symbol} marked by bid {bid}, ask {ask} at {shot.timestamp}", trade.id)
    expected = (bid + ask) / 2 if two_sided else bid
    if nobody_bids and ask <= WORTHLESS_ASK_MAX:
        expected = ask / 2
    flag = f"{trade.symbol} marked by bid {bid}, ask {ask}, and one_sided is {shot.one_sided}"
    findings.check(15, shot.one_sided is not two_sided, flag, trade.id)
    text = f"{trade.symbol} marked at {shot.mark_price}, its quote says {expected}"
    findings.check(15, abs(shot.mark_price - expected) <= CENT / 100, text, trade.id)


def _check_own_mark(
    trade: TradeRow, own: SnapshotRow, shots: Sequence[SnapshotRow], findings: Findings
) -> None:
    """I-15: a structure's own mark is made of its legs' marks of the same instant, all of them."""
    of_legs = {
        shot.leg_no: shot.mark_price
        for shot in shots
        if shot.leg_no != OWN and (shot.timestamp, shot.kind) == (own.timestamp, own.kind)
    }
    marked = [leg for leg in trade.legs if leg.leg_no in of_legs]
    whole = all(leg.leg_no in of_legs or leg.apart_qty is not None or leg.origin for leg in trade.legs)
    findings.check(15, whole, f"{trade.symbol} marked from legs {sorted(of_legs)} alone", trade.id)
    prices = [of_legs[leg.leg_no] for leg in marked]
    if any(price is None for price in prices):
        findings.check(15, False, f"{trade.symbol} marked although a leg has no mark", trade.id)
        return
    if any(leg.apart_qty is not None or leg.origin for leg in trade.legs) or len(marked) < TWO_LEGS:
        return  # what is left of it is weighed by what it holds now, which its rows of then do not say
    most = max(leg.multiplier for leg in marked)
    net = sum(
        (leg.sign * leg.ratio * (of_legs[leg.leg_no] or ZERO) * leg.multiplier / most for leg in marked),
        ZERO,
    )
    text = f"{trade.symbol} marked at {own.mark_price}, its legs say {net}"
    findings.check(15, own.mark_price is not None and abs(own.mark_price - net) <= CENT / 100, text, trade.id)


def _check_against_market(view: View, leg: LegRow, shot: SnapshotRow, findings: Findings) -> None:
    touch = view.touch_at(leg.symbol, shot.timestamp)
    shown = "nothing" if touch is None else f"{touch.bid} to {touch.ask}"
    same = _shows(touch, shot) or any(
        _shows(view.touch_at(leg.symbol, at), shot) for at in _when_else(view, shot.timestamp)
    )
    text = f"{leg.symbol} recorded as {shot.bid} to {shot.ask} at {shot.timestamp}, the market showed {shown}"
    findings.check(15, same, text, leg.trade_id)


def _when_else(view: View, at: datetime) -> Iterator[datetime]:
    """Yield when else a quote may be of, where snapshots come late and vendors show what is old."""
    if not view.lateness_max:
        return
    for late in range(1, int(view.lateness_max.total_seconds()) + 1):
        yield at + timedelta(seconds=late)
    for early in range(1, int((AGE_MAX + view.quote_delay).total_seconds()) + 1):
        yield at - timedelta(seconds=early)


def _shows(touch: Touch | None, shot: SnapshotRow) -> bool:
    return touch is not None and (touch.bid, touch.ask) == (shot.bid or ZERO, shot.ask or ZERO)


def _check_best_and_worst(view: View, trade: TradeRow, findings: Findings) -> None:
    """I-14: no mark seen while all of it was held lies outside best and worst."""
    if trade.entry_price is None or trade.max_gain is None or trade.max_drawdown is None:
        return
    if not trade.legs or any(leg.apart_qty is not None or leg.origin for leg in trade.legs):
        return  # what its legs were worth apart no row of its own says
    whole = trade.filled_qty * _worth_of_one(trade)
    begins_at, ends_at = _held_whole(view, trade)
    held = [
        (shot.mark_price - trade.entry_price) * whole
        for shot in view.snapshots.get(trade.id, ())
        if shot.mark_price is not None
        and shot.leg_no == _own_leg_no(trade)
        and shot.kind == "INTRADAY"
        and begins_at < shot.timestamp < ends_at
        and trade.qty == trade.filled_qty
    ]
    if held:
        within = trade.max_gain + CENT >= max(held) and trade.max_drawdown - CENT <= min(held)
        text = f"marks from {min(held)} to {max(held)}, best {trade.max_gain}, worst {trade.max_drawdown}"
        findings.check(14, within, text, trade.id)


def _check_nothing_later(view: View, trade: TradeRow, findings: Findings) -> None:
    """I-14: best and worst of a trade bought once and sold once are made of its own time alone."""
    fills = view.fills.get(trade.id, ())
    if trade.status != "CLOSED" or len(fills) != 2 * len(trade.legs) or trade.close_reason == "BROKER_RESET":
        return
    if trade.max_gain is None or trade.max_drawdown is None or trade.close_date is None:
        return
    if not trade.legs or any(leg.apart_qty is not None or leg.origin for leg in trade.legs):
        return
    gross, _ = view.replayed(trade, fills)
    entry = trade.entry_price or ZERO
    results = [
        (shot.mark_price - entry) * trade.filled_qty * _worth_of_one(trade)
        for shot in view.snapshots.get(trade.id, ())
        if shot.mark_price is not None
        and shot.leg_no == _own_leg_no(trade)
        and shot.kind != NOT_MARKING
        and shot.timestamp <= trade.close_date
    ]
    best, worst = max([ZERO, gross, *results]), min([ZERO, gross, *results])
    within = trade.max_gain <= best + CENT and trade.max_drawdown >= worst - CENT
    text = f"best {trade.max_gain}, worst {trade.max_drawdown}, while held {best} and {worst}"
    findings.check(14, within, text, trade.id)


def _held_whole(view: View, trade: TradeRow) -> tuple[datetime, datetime]:
    """Return between which instants a trade held all that it ever bought, both exclusive.

    A snapshot that came late may show a quote of after the sale under an instant before it.
    """
    known = [(fill, view.leg_of(trade, fill)) for fill in view.fills.get(trade.id, ())]
    opened = [fill.filled_at for fill, leg in known if leg is not None and fill.is_buy is (leg.sign > 0)]
    closed = [fill.filled_at for fill, leg in known if leg is not None and fill.is_buy is (leg.sign < 0)]
    return max(opened, default=view.now), min(closed, default=view.now) - view.lateness_max


def _own_leg_no(trade: TradeRow) -> int:
    """Return the number of a trade's own marks: 0 beside those of its legs, the only leg's without."""
    return OWN if trade.is_structure else trade.legs[0].leg_no


def _worth_of_one(trade: TradeRow) -> Decimal:
    """Return the dollars that a point of a trade's price is, below 0 of what is short."""
    worth = max(leg.multiplier for leg in trade.legs)
    return worth if trade.is_structure else worth * trade.legs[0].sign
