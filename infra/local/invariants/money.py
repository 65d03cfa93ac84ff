"""Money: I-13, I-14 of results, I-16 and I-17."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from infra.local.emulators.market.sessions import new_york_date, session_on
from infra.local.invariants.findings import Findings
from infra.local.invariants.paper_fills import check_paper_fills
from infra.local.invariants.rows import FillRow, LegRow, TradeRow
from infra.local.invariants.truth import TruthAccount
from infra.local.invariants.view import View

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
TWO_LEGS: Final = 2
PAPER: Final = "PAPER"
#: The rule of a fill that positions told of, when the broker had booked it.
EARLY: Final = "assignment"
SETTLED_AFTER: Final = timedelta(minutes=30)
#: A question that the morning answers is over at the first attempt of the day, which is at half past one.
_AGAIN: Final = timedelta(hours=4, minutes=30)
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
        fills = view.facts_of(trade)
        gross, fees = view.replayed(trade, fills)
        text = f"{trade.ticker}: fees {trade.fees} stored, {fees} booked"
        findings.check(13, _same_to_the_cent(trade.fees, fees), text, trade.id)
        _check_legs(view, trade, fills, findings)
        if trade.status in {"CLOSED", "EXPIRED"} and trade.realized_pnl is not None:
            text = f"{trade.ticker}: realised {trade.realized_pnl}, its fills say {gross - fees}"
            findings.check(13, _same_to_the_cent(trade.realized_pnl, gross - fees), text, trade.id)
            _check_excursions(trade, gross, findings)
    fresh = [fill for fill in view.paper_fills if fill.id not in seen.ids]
    seen.ids.update(fill.id for fill in fresh)
    check_paper_fills(view, fresh, findings)
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
        held = trade.booked_of(leg) * leg.sign
        text = f"{leg.symbol}: {moved[leg.leg_no]} bought less sold, {held} held"
        findings.check(13, moved[leg.leg_no] == held, text, trade.id)
        named = {str(one["symbol"]) for order in view.orders.get(trade.id, ()) for one in order.legs}
        text = f"{sorted(named)} were ordered for a trade of {trade.symbol}"
        findings.check(38, named <= {one.symbol for one in trade.legs}, text, trade.id)


def _check_excursions(trade: TradeRow, gross: Decimal, findings: Findings) -> None:
    best, worst = trade.max_gain, trade.max_drawdown
    known = best is not None and worst is not None
    holds = known and best is not None and worst is not None and best + CENT >= gross >= worst - CENT
    findings.check(14, holds, f"realised {gross} gross, best {best}, worst {worst}", trade.id)


def _check_settlements(view: View, findings: Findings) -> None:
    """I-17: at the intrinsic value of the official close, one price per contract, nothing held afterwards."""
    for trade in view.trades.values():
        if trade.status == "EXPIRED":
            held = [leg.symbol for leg in trade.legs if trade.held_of(leg) != 0]
            findings.check(17, not held, f"{held} are held after their settlement", trade.id)
        if trade.close_reason == "BROKER_RESET":
            continue
        for fill in view.fills.get(trade.id, ()):
            leg = view.leg_of(trade, fill) if fill.kind == "SETTLEMENT" else None
            if leg is None:
                continue
            text = f"{leg.symbol} settled at {fill.price}"
            if leg.holds_shares:
                opens = fill.is_buy is (leg.sign > 0)
                known = _strikes([trade] if opens else _beside(view, trade))
                at_strike = fill.price in known or fill.order_id is not None or leg.origin is None
                findings.check(17, at_strike, f"{text}, no strike of {trade.symbol}", trade.id)
            elif trade.status == "EXPIRED" or trade.is_structure:
                worth = intrinsic_value(view, trade.ticker, leg)
                delivered = fill.price == 0 and any(one.holds_shares for one in trade.legs)
                delivered = delivered or (fill.price == 0 and _took_shares_elsewhere(view, trade))
                text = f"{text}, its value at the close was {worth}"
                findings.check(17, fill.price == worth or delivered, text, trade.id)
        _check_within_width(view, trade, findings)


def _strikes(trades: Sequence[TradeRow]) -> set[Decimal | None]:
    return {leg.strike for trade in trades for leg in trade.legs}


def _beside(view: View, trade: TradeRow) -> list[TradeRow]:
    """Return the account's trades of its underlying: shares of one may go for a call of another."""
    key = (trade.account_id, trade.broker_mode, trade.ticker)
    return [one for one in view.trades.values() if (one.account_id, one.broker_mode, one.ticker) == key]


def _took_shares_elsewhere(view: View, trade: TradeRow) -> bool:
    """Say whether shares of another trade of the account went for it, as of a call that they covered."""
    return any(
        fill.kind == "SETTLEMENT" and fill.order_id is None
        for other in _beside(view, trade)
        if any(leg.holds_shares for leg in other.legs)
        for fill in view.fills.get(other.id, ())
    )


def _check_within_width(view: View, trade: TradeRow, findings: Findings) -> None:
    """I-17: a vertical that was settled whole in cash comes to something between 0 and its width."""
    if len(trade.legs) != TWO_LEGS or trade.status != "EXPIRED" or trade.holds_shares:
        return
    one, other = trade.legs
    if (one.option_type, one.expiry, one.ratio, -one.sign) != (
        other.option_type,
        other.expiry,
        other.ratio,
        other.sign,
    ):
        return
    settled = {fill.leg_no: fill.price for fill in view.fills.get(trade.id, ()) if fill.kind == "SETTLEMENT"}
    if settled.keys() != {one.leg_no, other.leg_no} or one.strike is None or other.strike is None:
        return
    apart = abs(settled[one.leg_no] - settled[other.leg_no])
    width = abs(one.strike - other.strike)
    findings.check(17, apart <= width, f"{trade.symbol} settled {apart} apart, {width} wide", trade.id)


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
        account = view.account_of(trade)
        told = any(a.trade_id == trade.id and a.kind.startswith(_WAITS_FOR) for a in view.alerts)
        # What an account shows is settled again the hour after its owner was asked if it was reset.
        told = told or (account is not None and view.is_asked_of_reset(account, until=view.now - _AGAIN))
        orders = view.orders.get(trade.id, ())
        # Never sent and nothing held: the next sync in a session ends it as not placed (A-07, 4).
        gone = frozenset[str]() if account is None else account.wiped
        waits = trade.status == "PENDING" and all(
            # One that a wipe took, of known number or not, is settled by what is held on a later day.
            order.status == "INTENT"
            or order.broker_order_id in gone
            or (bool(gone) and order.broker_order_id is None)
            for order in orders
        )
        over = waits or trade.status in {"CLOSED", "EXPIRED", "CANCELED"}
        text = f"{trade.symbol} has expired and is still {trade.status}"
        findings.check(17, over or told, text, trade.id)


def check_cash(view: View, findings: Findings) -> None:
    """F: each broker's cash is what it began with and what our fills moved (I-13), per user."""
    today = new_york_date(view.now)
    for (mode, account_id), account in view.accounts.items():
        if account.keeps_own:
            continue  # its owner pays in and out: each order is held to what it came to (`exchange`)
        if view.told_short(account):
            continue  # what its owner sold beside our close is on no trade
        if account.wiped:
            continue  # what filled or was sold by hand right before the wipe nobody could hear of
        if any(
            one.account_id == account_id
            and (one.lacks_a_leg or (one.open_qty > 0 and one.expiry and one.expiry < today))
            for one in view.trades.values()
        ):
            continue  # the broker has settled what it held; ours waits for its owner's price, or the evening
        moved = ZERO
        for trade in view.trades.values():
            if (trade.broker_mode, trade.account_id) != (mode, account_id):
                continue
            fills = [
                fill
                for fill in view.fills.get(trade.id, ())
                if fill.kind == "FILL"
                or (fill.kind == "SETTLEMENT" and not _is_booked_tomorrow(view, trade, fill, account))
            ]
            gross, fees = view.replayed(trade, fills)
            moved += gross - fees
        moved += account.dividends
        text = f"{account_id}: cash moved by {account.cash - account.starting_cash}, our fills say {moved}"
        findings.check(13, _same_to_the_cent(account.cash - account.starting_cash, moved), text)


def _is_booked_tomorrow(view: View, trade: TradeRow, fill: FillRow, account: TruthAccount) -> bool:
    """Say whether the broker has yet to book a leg's expiry, or the shares that it brings: over night."""
    leg = view.leg_of(trade, fill)
    today = new_york_date(view.now)
    if account.mode != PAPER and (leg is None or leg.holds_shares):
        return new_york_date(fill.filled_at) == today and fill.fill_rule != EARLY
    return leg is not None and leg.expiry == today and leg.symbol in account.positions
