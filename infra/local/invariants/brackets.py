"""Brackets and positions: I-08 to I-12."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from infra.local.emulators.market.sessions import new_york_date, open_session
from infra.local.invariants.findings import Findings
from infra.local.invariants.orders import TAG_PREFIX
from infra.local.invariants.refusals import waits_to_try_again
from infra.local.invariants.rows import ChangeRow, LegRow, TradeRow
from infra.local.invariants.targets import resting, shares_left
from infra.local.invariants.truth import TruthAccount, TruthOrder
from infra.local.invariants.view import View

ZERO: Final = Decimal(0)
#: Which way what is held lies that a side takes away: 1 what is long, -1 what is short.
LEAVING: Final = {"sell_to_close": 1, "sell": 1, "buy_to_close": -1, "buy_to_cover": -1}
BY_PERSON: Final = "USER_MANUAL"
UNPROTECTED_MAX: Final = timedelta(seconds=180)
"""Two syncs, and the minute until the next look at the clock."""


@dataclass(slots=True)
class BareSince:
    """Since when trades have been seen without their due protection, over the looks of one run.

    `patience` is how long that may last untold; a run whose syncs fail on purpose counts them itself.
    """

    patience: timedelta = UNPROTECTED_MAX
    seen_at: dict[UUID, datetime] = field(default_factory=dict)


def check_brackets(view: View, bare: BareSince, findings: Findings) -> None:
    """Check what must hold of brackets at any moment."""
    for account in view.accounts.values():
        _check_sells_within_holding(view, account, findings)
    for trade in view.trades.values():
        _check_bare(view, trade, bare, findings)
        told = trade.excess_qty == 0 or any(
            alert.trade_id == trade.id and alert.kind == "both_exits_filled" for alert in view.alerts
        )
        findings.check(9, told, f"{trade.excess_qty} sold beyond the holding, and nobody was told", trade.id)
        _check_changes(trade, view.changes.get(trade.id, ()), findings)


def _check_sells_within_holding(view: View, account: TruthAccount, findings: Findings) -> None:
    """I-08 by the broker's own books: what works to sell is held, each leg of an OCO for itself.

    Where both legs of an OCO filled, other trades of the contract lack, by the broker's netting, what was
    sold too much, until it is bought back (I-09).
    """
    leaving: dict[tuple[str, int], Decimal] = {}
    for order in account.orders:
        exits = [leg for leg in order.trading() if leg.side in LEAVING and leg.is_working]
        for symbol, way in {(leg.symbol, LEAVING[leg.side]) for leg in exits}:
            most = max(leg.remaining for leg in exits if leg.symbol == symbol)
            leaving[symbol, way] = leaving.get((symbol, way), ZERO) + most
    lacking = _sold_twice(view, account) if leaving else {}
    for (symbol, way), quantity in leaving.items():
        held = account.positions.get(symbol, ZERO) * way
        if way > 0:
            held += lacking.get(symbol, ZERO)
        verb = "be sold" if way > 0 else "be bought back"
        findings.check(8, quantity <= held, f"{quantity} of {symbol} work to {verb}, {held} are held")
        findings.check(10, held > 0, f"an exit of {symbol} works without a position")


def _sold_twice(view: View, account: TruthAccount) -> Mapping[str, Decimal]:
    """Return by contract what both legs of OCOs sold beyond their quantity and nobody bought back yet."""
    lacking: dict[str, Decimal] = {}
    for order in account.orders:
        if order.is_combined:
            continue
        executed = sum((leg.executed for leg in order.legs), ZERO)
        asked = max((leg.quantity for leg in order.legs), default=ZERO)
        if executed > asked:
            symbol = order.legs[0].symbol
            lacking[symbol] = lacking.get(symbol, ZERO) + executed - asked
    if lacking:
        by_tag = account.by_tag()
        for ours in view.all_orders():
            if ours.role == "EXIT" and ours.side.startswith("buy") and ours.symbol in lacking:
                lacking[ours.symbol] -= sum((one.executed for one in by_tag.get(ours.tag, ())), ZERO)
    return lacking


def working_exits(
    view: View, trade: TradeRow, target_no: int | None = None, *, combined: bool = True
) -> list[TruthOrder]:
    """Return the exits of a trade that work at its broker, of one target where it is named.

    Those of several legs (`combined`) are walks, no brackets.
    """
    account = view.account_of(trade)
    if account is None:
        return []
    by_tag = account.by_tag()
    tags = {
        order.tag
        for order in view.orders.get(trade.id, ())
        if order.role != "ENTRY" and target_no in {None, order.target_no}
    }
    return [
        leg
        for tag in tags
        for found in by_tag.get(tag, ())
        if combined or not found.is_combined
        for leg in found.trading()
        if leg.is_working
    ]


def protection_is_due(trade: TradeRow) -> bool:
    """Say whether a trade should have a bracket."""
    wants = trade.sl_price is not None or bool(trade.targets)
    at_broker = not trade.is_structure  # several legs live under the product's own clock (W-04)
    return trade.status in {"OPEN", "PARTIALLY_FILLED"} and trade.held_qty > 0 and wants and at_broker


def is_covered(view: View, trade: TradeRow) -> bool:
    """Say whether its stop works over all that is held; without one, whether its targets work.

    Several targets are in whole contracts, and what none of them is over has the stop alone, if there is one.
    """
    kind = "stop" if trade.sl_price is not None else "limit"
    exits = working_exits(view, trade, combined=False)
    return all(_covered(exits, leg, kind) >= _least_due(view, trade, leg, kind) for leg in trade.legs)


def _check_bare(view: View, trade: TradeRow, bare: BareSince, findings: Findings) -> None:
    """I-11: nobody is left unprotected in the session without hearing of it."""
    is_open = trade.is_coin or open_session(view.now) is not None
    if not is_open or not protection_is_due(trade) or is_covered(view, trade):
        bare.seen_at.pop(trade.id, None)
        return
    since = bare.seen_at.setdefault(trade.id, view.now)
    told = any(alert.trade_id == trade.id and alert.at >= since for alert in view.alerts)
    text = f"{trade.ticker} has no working protection since {since:%H:%M:%S} and nobody was told"
    findings.check(11, told or view.now - since <= bare.patience, text, trade.id)


def _check_changes(trade: TradeRow, changes: Sequence[ChangeRow], findings: Findings) -> None:
    """I-12: each change starts where the one before it ended, and the last one is in force."""
    applied = sorted(
        (one for one in changes if one.state == "APPLIED"), key=lambda one: one.settled_at or one.at
    )
    if not applied:
        return
    for earlier, later in pairwise(applied):
        follows = _prices(earlier.after) == _prices(later.before)
        findings.check(12, follows, "a change does not begin where the one before it ended", trade.id)
    in_force = (trade.sl_price, tuple((one.price, one.share) for one in trade.targets))
    findings.check(12, _prices(applied[-1].after) == in_force, "the last change is not in force", trade.id)
    own = sum(one.triggered_by == BY_PERSON for one in applied)
    text = f"{own} changes by hand, counted as {trade.override_count}"
    findings.check(12, trade.override_count == own, text, trade.id)


def _prices(side: Mapping[str, Any]) -> tuple[Decimal | None, tuple[tuple[Decimal, Decimal], ...]]:
    """Return the stop, and each target with its share: which of several is next moves as they fill."""
    stop, target = side.get("sl_price"), side.get("tp_price")
    one = () if target is None else ({"price": target, "share": "1"},)
    targets = tuple((Decimal(t["price"]), Decimal(t["share"])) for t in side.get("targets") or one)
    return None if stop is None else Decimal(stop), targets


def check_brackets_stand(view: View, findings: Findings) -> None:
    """F: brackets equal the holdings (I-08), the books tie (I-09), nothing works unknown to us (I-10)."""
    today = new_york_date(view.now)
    for trade in view.trades.values():
        tied = trade.excess_qty == 0 or _excess_is_flagged(view, trade)
        findings.check(9, tied, f"{trade.excess_qty} sold beyond the holding", trade.id)
        _check_purchase(view, trade, findings)
        live = trade.expiry is None or trade.expiry > today or open_session(view.now) is not None
        if live:
            _check_exact_cover(view, trade, findings)
    for account in view.accounts.values():
        if not view.is_asked_of_reset(account):
            _check_positions(view, account, findings)
        _check_known(view, account, findings)


def _check_purchase(view: View, trade: TradeRow, findings: Findings) -> None:
    """I-09: what this trade alone is short of is bought to close: brokers refuse to open over a short."""
    account = view.account_of(trade)
    last = next((one for one in reversed(view.orders.get(trade.id, ())) if one.role == "EXIT"), None)
    if account is None or last is None or trade.excess_qty == 0 or last.status != "REJECTED":
        return
    held = account.positions.get(last.symbol, ZERO)
    alone = held == -trade.excess_qty
    text = f"{last.symbol}: {held} are held, and {last.side} was sent to buy that back"
    findings.check(9, not (alone and last.side == "buy_to_open"), text, trade.id)


def _excess_is_flagged(view: View, trade: TradeRow) -> bool:
    """Say whether an excess can only be flagged now: what was sold after the last sync waits for the open."""
    kinds = {alert.kind for alert in view.alerts if alert.trade_id == trade.id and alert.resolved_at is None}
    flagged = open_session(view.now) is None and "both_exits_filled" in kinds
    return flagged or waits_to_try_again(view, trade)


def _check_exact_cover(view: View, trade: TradeRow, findings: Findings) -> None:
    """Hold each leg to its own orders: what protects one too much does not make up for another."""
    exits = working_exits(view, trade, combined=False)
    is_due = protection_is_due(trade)
    strange = {one.symbol for one in exits} - {leg.symbol for leg in trade.legs}
    findings.check(8, not strange, f"{sorted(map(str, strange))} work to go, and are no legs", trade.id)
    excused = _waits_in_the_open(view, trade) or waits_to_try_again(view, trade)
    for leg in trade.legs:
        for kind in ("stop", "limit"):
            covered = _covered(exits, leg, kind)
            wanted = _due(view, trade, leg, kind, covered) if is_due else ZERO
            text = f"{leg.symbol}: {covered} covered by a {kind} order, {wanted} due"
            left_alone = kind == "limit" and _stop_alone(view, trade, exits)
            rests = kind == "limit" and view.waits_for_a_bid(trade) and covered <= trade.open_qty * leg.ratio
            is_sold = kind == "stop" and covered + _sold_by_tick(view, trade, leg) == wanted
            is_so = covered == wanted or rests or is_sold or (covered < wanted and (excused or left_alone))
            findings.check(8, is_so, text, trade.id)


def _covered(exits: Sequence[TruthOrder], leg: LegRow, kind: str) -> Decimal:
    """Return how much of a leg works to go by orders of this kind."""
    return sum((one.remaining for one in exits if (one.type, one.symbol) == (kind, leg.symbol)), ZERO)


def _sold_by_tick(view: View, trade: TradeRow, leg: LegRow) -> Decimal:
    """Return what rests at targets that are kept here, for one tick, without its stop (C-06)."""
    if trade.stops_max is None:
        return ZERO
    exits = (working_exits(view, trade, one.no) for one in trade.targets)
    alone = (mine for mine in exits if _covered(mine, leg, "stop") == 0)
    return sum((_covered(mine, leg, "limit") for mine in alone), ZERO)


def _due(view: View, trade: TradeRow, leg: LegRow, kind: str, covered: Decimal) -> Decimal:
    """Return how much of a leg is to be covered: all by its stop, a share by each target.

    Several targets are in whole lots: what covers them is due where each is within one of its share.
    """
    held = trade.held_qty * leg.ratio
    held -= held % leg.lot  # what is no whole lot of a coin can neither be protected nor sold
    if kind == "stop":
        return held if trade.sl_price is not None else ZERO
    if not trade.several:
        return held if trade.targets else ZERO
    shares = shares_left(view, trade)
    for target_no, share in shares.items():
        mine = _covered(working_exits(view, trade, target_no), leg, kind)
        if mine > 0 and not share - leg.lot < mine < share + leg.lot:
            return share
    least = sum((max(share - leg.lot, ZERO) for share in resting(trade, shares).values()), ZERO)
    return covered if least <= covered <= held else least


def _least_due(view: View, trade: TradeRow, leg: LegRow, kind: str) -> Decimal:
    """Return how much of a leg must be covered at least for nobody to have to be told."""
    if kind == "stop" or not trade.several:
        return _due(view, trade, leg, kind, ZERO)
    return sum((max(share - leg.lot, ZERO) for share in shares_left(view, trade).values()), ZERO)


def _stop_alone(view: View, trade: TradeRow, exits: Sequence[TruthOrder]) -> bool:
    """Say whether the plain stop stands that is left, with an alert, of a bracket that was refused (A-04)."""
    told = any(
        one.trade_id == trade.id and one.kind == "protection_refused" and one.resolved_at is None
        for one in view.alerts
    )
    stands = all(_covered(exits, leg, "stop") == _due(view, trade, leg, "stop", ZERO) for leg in trade.legs)
    return told and trade.sl_price is not None and stands


def _waits_in_the_open(view: View, trade: TradeRow) -> bool:
    """Say whether a bracket cannot stand now and its owner knows.

    Filled after the last sync of a session, or left by a close that came too late, it waits for the next; a
    stop under which nobody bids any more is refused by every broker.
    """
    shut = not trade.is_coin and open_session(view.now) is None
    touches = [] if shut else [view.touch_at(leg.symbol, view.now) for leg in trade.legs]
    kinds = {"unprotected", "protection_refused", "close_failed"}
    told = any(
        alert.trade_id == trade.id and alert.kind in kinds and alert.resolved_at is None
        for alert in view.alerts
    )
    return told and (not touches or any(touch is None or touch.bid <= 0 for touch in touches))


def _check_positions(view: View, account: TruthAccount, findings: Findings) -> None:
    """I-09: what the broker holds is what our open trades hold; what expired is gone at the next day."""
    today = new_york_date(view.now)
    ours: dict[str, Decimal] = {}
    expired, short = set(), view.told_short(account)
    for trade in view.trades.values():
        if (trade.broker_mode, trade.account_id) == (account.mode, account.account_id):
            if trade.lacks_a_leg:
                expired.add(trade.ticker)  # its owner is asked: it may have brought shares
            for leg in trade.legs:
                held = trade.held_of(leg) * leg.sign
                ours[leg.symbol] = ours.get(leg.symbol, ZERO) + held
                if leg.expiry is not None and leg.expiry <= today:
                    expired.add(leg.symbol)
                    if trade.is_structure:
                        expired.add(trade.ticker)  # shares of its exercise come over night
                if leg.holds_shares and trade.entry_date and new_york_date(trade.entry_date) == today:
                    expired.add(leg.symbol)  # the broker delivers over night
    for symbol in ours.keys() | account.positions.keys():
        if symbol in expired or symbol in short:
            continue
        held, known = account.positions.get(symbol, ZERO), ours.get(symbol, ZERO)
        ties = held == known or (account.keeps_own and held > known)
        findings.check(9, ties, f"the broker holds {held} of {symbol}, our trades {known}")


def _check_known(view: View, account: TruthAccount, findings: Findings) -> None:
    tags = {order.tag for order in view.all_orders()}
    for order in account.orders:
        if order.order_id in account.by_hand:
            continue
        known = order.tag is not None and order.tag.startswith(TAG_PREFIX) and order.tag in tags
        findings.check(10, known, f"order {order.order_id} ({order.status}) is unknown to us")
