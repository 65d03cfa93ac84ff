"""Money and marks: I-13 to I-17."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date, open_session, session_on
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import FillRow, LegRow, PaperFillRow, SnapshotRow, TradeRow
from infra.local.invariants.truth import TruthAccount
from infra.local.invariants.view import Touch, View

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
MULTIPLIER: Final = Decimal(100)
AGE_MAX: Final = timedelta(seconds=120)
WORTHLESS_ASK_MAX: Final = Decimal("0.10")
"""A-02: nobody bidding beside an ask up to this is marked at half the ask, beyond it at nothing."""
NOT_MARKING: Final = "EXIT"
"""The kind of snapshot by which no trade's mark moves: nothing is held any more."""
SETTLED_AFTER: Final = timedelta(minutes=30)
#: What tells an owner that a trade waits: for its official close, or for the price of what went (I-31).
_WAITS_FOR: Final = ("settlement", "position_missing")


def _same_to_the_cent(one: Decimal, other: Decimal) -> bool:
    """Compare dollars; a half cent may have been rounded either way."""
    return any(
        one.quantize(CENT, rounding) == other.quantize(CENT, rounding)
        for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP)
    )


@dataclass(slots=True)
class SeenFills:
    """The paper fills that were looked at: neither they nor the market of their second change any more."""

    ids: set[UUID] = field(default_factory=set)


def check_money(view: View, seen: SeenFills, findings: Findings) -> None:
    """Check what must hold of money at any moment."""
    for trade in view.trades.values():
        fills = [fill for fill in view.fills.get(trade.id, ()) if not fill.amends]
        gross, fees = view.replayed(trade, fills)
        text = f"{trade.ticker}: fees {trade.fees} stored, {fees} booked"
        findings.check(13, _same_to_the_cent(trade.fees, fees), text, trade.id)
        _check_legs(view, trade, fills, findings)
        if trade.status in {"CLOSED", "EXPIRED"} and trade.realized_pnl is not None:
            text = f"{trade.ticker}: realised {trade.realized_pnl}, its fills say {gross - fees}"
            findings.check(13, _same_to_the_cent(trade.realized_pnl, gross - fees), text, trade.id)
            _check_excursions(trade, gross, findings)
    for fill in view.paper_fills:
        if fill.id not in seen.ids:
            seen.ids.add(fill.id)
            _check_paper_fill(fill, view, findings)
    _check_settlements(view, findings)


def _check_legs(view: View, trade: TradeRow, fills: Sequence[FillRow], findings: Findings) -> None:
    """I-13 of each leg for itself: in their sum one leg's lack hides what is too much of another."""
    findings.check(13, bool(trade.legs), f"{trade.ticker} has no leg", trade.id)
    moved = dict.fromkeys((leg.leg_no for leg in trade.legs), ZERO)
    for fill in fills:
        leg = view.leg_of(trade, fill)
        findings.check(13, leg is not None, f"{fill.quantity} filled of no leg of {trade.symbol}", trade.id)
        if leg is not None:
            moved[leg.leg_no] += fill.quantity if fill.is_buy else -fill.quantity
    for leg in trade.legs:
        held = (trade.open_qty - trade.excess_qty) * leg.sign * leg.ratio
        text = f"{leg.symbol}: {moved[leg.leg_no]} bought less sold, {held} held"
        findings.check(13, moved[leg.leg_no] == held, text, trade.id)


def _check_excursions(trade: TradeRow, gross: Decimal, findings: Findings) -> None:
    best, worst = trade.max_gain, trade.max_drawdown
    known = best is not None and worst is not None
    holds = known and best is not None and worst is not None and best + CENT >= gross >= worst - CENT
    findings.check(14, holds, f"realised {gross} gross, best {best}, worst {worst}", trade.id)


def _check_paper_fill(fill: PaperFillRow, view: View, findings: Findings) -> None:
    """I-16 against the market itself; I-15: the quote was of an open market, fresh and not crossed."""
    touch = view.touch_at(fill.symbol, fill.quoted_at)
    findings.check(
        15, open_session(fill.filled_at) is not None, f"paper fill of {fill.symbol} in a shut market"
    )
    fresh = timedelta(0) <= fill.filled_at - fill.quoted_at <= AGE_MAX + view.quote_delay
    findings.check(15, fresh, f"paper fill of {fill.symbol} by a quote of {fill.quoted_at}")
    if touch is None:
        findings.check(15, False, f"paper fill of {fill.symbol}, which the market does not know")
        return
    fair = fill.price >= touch.ask > 0 if fill.is_buy else 0 < fill.price <= touch.bid
    if fill.type == "limit" and not fair:  # a resting limit fills at its own price once it is reached
        fair = touch.bid >= fill.price if not fill.is_buy else 0 < touch.ask <= fill.price
    side = "bought" if fill.is_buy else "sold"
    text = f"{fill.symbol} {side} on paper at {fill.price}, the market showed {touch.bid} to {touch.ask}"
    findings.check(16, fair, text)
    size = touch.ask_size if fill.is_buy else touch.bid_size
    text = f"{fill.quantity} of {fill.symbol} {side} on paper, {size} were shown"
    # A wing that nobody bids for goes for nothing; of shares the product is told no sizes.
    is_bounded = fill.price > 0 and parse(fill.symbol) is not None
    findings.check(16, not is_bounded or fill.quantity <= size, text)


def _check_settlements(view: View, findings: Findings) -> None:
    """I-17: at the intrinsic value of the official close, one price per contract, nothing held afterwards."""
    for trade in view.trades.values():
        if trade.status != "EXPIRED":
            continue
        findings.check(17, trade.open_qty == 0, "something is held after its settlement", trade.id)
        for fill in view.fills.get(trade.id, ()):
            if fill.kind == "SETTLEMENT":
                leg = view.leg_of(trade, fill)
                worth = None if leg is None else intrinsic_value(view, trade.ticker, leg)
                text = f"{trade.symbol} settled at {fill.price}, its value at the close was {worth}"
                findings.check(17, fill.price == worth, text, trade.id)


def intrinsic_value(view: View, ticker: str, leg: LegRow) -> Decimal | None:
    """Return what a contract was worth at the official close of its last day, None without one."""
    if leg.expiry is None or leg.strike is None:
        return None
    close = view.official_close(ticker, leg.expiry)
    if close is None:
        return None
    inside = close - leg.strike if leg.option_type == "CALL" else leg.strike - close
    return inside if inside >= CENT else ZERO


def check_settled(view: View, findings: Findings) -> None:
    """F: what expired is settled, or its owner was told that there is no official close (I-17)."""
    for trade in view.trades.values():
        session = None if trade.expiry is None else session_on(trade.expiry)
        if session is None or view.now < session.close_at + SETTLED_AFTER + timedelta(minutes=30):
            continue
        told = any(a.trade_id == trade.id and a.kind.startswith(_WAITS_FOR) for a in view.alerts)
        orders = view.orders.get(trade.id, ())
        # Never sent and nothing held: the next sync in a session ends it as not placed (A-07, 4).
        account = view.account_of(trade)
        gone = frozenset[str]() if account is None else account.wiped
        waits = trade.status == "PENDING" and all(
            # One that a wipe took is settled by what the account holds on a later day.
            order.status == "INTENT" or order.broker_order_id in gone
            for order in orders
        )
        over = waits or trade.status in {"CLOSED", "EXPIRED", "CANCELED"}
        text = f"{trade.symbol} has expired and is still {trade.status}"
        findings.check(17, over or told, text, trade.id)


def check_cash(view: View, findings: Findings) -> None:
    """F: each broker's cash is what it began with and what our fills moved (I-13), per user."""
    today = new_york_date(view.now)
    for (mode, account_id), account in view.accounts.items():
        if account.wiped:
            continue  # what filled or was sold by hand right before the wipe nobody could hear of
        if any(
            one.missing_qty > 0 and one.account_id == account_id and one.expiry and one.expiry < today
            for one in view.trades.values()
        ):
            continue  # the broker has settled what it held of it; our trade waits for its owner's price
        moved = ZERO
        for trade in view.trades.values():
            if (trade.broker_mode, trade.account_id) != (mode, account_id):
                continue
            waits = _is_booked_tomorrow(view, trade, account)
            fills = [
                fill
                for fill in view.fills.get(trade.id, ())
                if fill.kind == "FILL" or (fill.kind == "SETTLEMENT" and not waits)
            ]
            gross, fees = view.replayed(trade, fills)
            moved += gross - fees
        text = f"{account_id}: cash moved by {account.cash - account.starting_cash}, our fills say {moved}"
        findings.check(13, _same_to_the_cent(account.cash - account.starting_cash, moved), text)


def _is_booked_tomorrow(view: View, trade: TradeRow, account: TruthAccount) -> bool:
    """Say whether the broker has yet to book an expiry, or the shares that it brings: on the next day."""
    if trade.holds_shares:
        return trade.entry_date is not None and new_york_date(trade.entry_date) == new_york_date(view.now)
    return any(leg.symbol in account.positions for leg in trade.legs)


def check_marks(view: View, findings: Findings) -> None:
    """Check the snapshots: I-14 while open, I-15 of each price."""
    sampled = 0
    for trade in view.trades.values():
        for shot in view.snapshots.get(trade.id, ()):
            _check_mark(trade, shot, findings)
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
    bid, ask = shot.bid or ZERO, shot.ask or ZERO
    two_sided = bid > 0 and ask > 0
    nobody_bids = shot.bid == 0 and ask > 0
    usable = not shot.stale and (bid <= ask if two_sided else bid > 0 or nobody_bids)
    findings.check(15, usable, f"{trade.symbol} marked by bid {bid}, ask {ask} at {shot.timestamp}", trade.id)
    expected = (bid + ask) / 2 if two_sided else bid
    if nobody_bids and ask <= WORTHLESS_ASK_MAX:
        expected = ask / 2
    flag = f"{trade.symbol} marked by bid {bid}, ask {ask}, and one_sided is {shot.one_sided}"
    findings.check(15, shot.one_sided is not two_sided, flag, trade.id)
    text = f"{trade.symbol} marked at {shot.mark_price}, its quote says {expected}"
    findings.check(15, abs(shot.mark_price - expected) <= CENT / 100, text, trade.id)
    if shot.kind == "INTRADAY":
        findings.check(15, open_session(shot.timestamp) is not None, "a mark of a shut market", trade.id)


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
    if len(trade.legs) != 1:
        return  # a structure's marks are judged by what its legs' sum came to, which no row says yet
    (leg,) = trade.legs
    whole = trade.filled_qty * leg.multiplier * leg.sign
    begins_at, ends_at = _held_whole(view, trade)
    held = [
        (shot.mark_price - trade.entry_price) * whole
        for shot in view.snapshots.get(trade.id, ())
        if shot.mark_price is not None
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
    if (
        trade.status != "CLOSED"
        or len(fills) != 2
        or len(trade.legs) != 1
        or trade.close_reason == "BROKER_RESET"
    ):
        return
    if trade.max_gain is None or trade.max_drawdown is None or trade.close_date is None:
        return
    gross, _ = view.replayed(trade, fills)
    (leg,) = trade.legs
    entry = trade.entry_price or ZERO
    results = [
        (shot.mark_price - entry) * trade.filled_qty * leg.multiplier * leg.sign
        for shot in view.snapshots.get(trade.id, ())
        if shot.mark_price is not None and shot.kind != NOT_MARKING and shot.timestamp <= trade.close_date
    ]
    best, worst = max([ZERO, gross, *results]), min([ZERO, gross, *results])
    within = trade.max_gain <= best + CENT and trade.max_drawdown >= worst - CENT
    text = f"best {trade.max_gain}, worst {trade.max_drawdown}, while held {best} and {worst}"
    findings.check(14, within, text, trade.id)


def _held_whole(view: View, trade: TradeRow) -> tuple[datetime, datetime]:
    """Return between which instants a trade held all that it ever bought, both exclusive.

    A snapshot that came late may show a quote of after the sale under an instant before it.
    """
    fills = view.fills.get(trade.id, ())
    opens_by_buying = trade.legs[0].sign > 0
    begins_at = max((fill.filled_at for fill in fills if fill.is_buy is opens_by_buying), default=view.now)
    ends_at = min((fill.filled_at for fill in fills if fill.is_buy is not opens_by_buying), default=view.now)
    return begins_at, ends_at - view.lateness_max
