"""What accounts hold beside what trades say: I-31.

A sale that no order of the product made is known by its missing tag in the broker's own record.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.sessions import new_york_date
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import TradeRow
from infra.local.invariants.truth import TruthAccount, TruthOrder
from infra.local.invariants.view import View

ZERO: Final = Decimal(0)
#: Begins the tag of a row for a sale that no order of the product made.
OUTSIDE: Final = "outside-"
#: Ends a live option in the money.
EXERCISED: Final = "EXERCISED"
#: What tells an owner that something is missing of a trade.
ASKING: Final = "position_missing"


def check_settled_is_held(view: View, findings: Findings) -> None:
    """At any moment: no more of a contract is settled than the broker's own record leaves of it."""
    settled: dict[tuple[str, str, str, int], Decimal] = {}
    for trade in view.trades.values():
        for fill in view.fills.get(trade.id, ()):
            leg = view.leg_of(trade, fill) if fill.kind == "SETTLEMENT" else None
            if leg is not None and leg.expiry is not None and trade.close_reason != "BROKER_RESET":
                key = trade.broker_mode, trade.account_id, leg.symbol, -1 if fill.is_buy else 1
                settled[key] = settled.get(key, ZERO) + fill.quantity
    for (mode, account_id, symbol, way), quantity in settled.items():
        account = view.accounts.get((mode, account_id))
        other = settled.get((mode, account_id, symbol, -way), ZERO)  # brokers net what lies both ways
        if account is not None and account.mode != "PAPER":
            left = _left(account, symbol) * way + other
            text = f"{quantity} of {symbol} settled, {left} were held"
            findings.check(31, quantity <= left, text)


def _left(account: TruthAccount, symbol: str) -> Decimal:
    """Return what all executions left of a contract, less what was taken away without one."""
    left = -account.taken.get(symbol, ZERO)
    for order in account.orders:
        for leg in order.trading():
            if leg.symbol == symbol:
                left += leg.executed if leg.side.startswith("buy") else -leg.executed
    return left


def check_delivered_is_exercised(view: View, findings: Findings) -> None:
    """At any moment, I-17: calls that were exercised bring shares, puts take them, and nothing else does."""
    due: dict[tuple[str, str, str], Decimal] = {}
    came: dict[tuple[str, str, str], Decimal] = {}
    for trade in view.trades.values():
        key = trade.broker_mode, trade.account_id, trade.ticker
        if all(leg.holds_shares for leg in trade.legs) and was_delivered(view, trade):
            came[key] = came.get(key, ZERO) + sum(leg.sign * trade.filled_qty for leg in trade.legs)
            continue
        exercised = trade.close_reason == EXERCISED and not trade.is_structure
        for fill in view.fills.get(trade.id, ()) if exercised else ():
            leg = view.leg_of(trade, fill) if fill.kind == "SETTLEMENT" else None
            # A call that was written brings none: it takes those of another trade.
            if leg is not None and not leg.holds_shares and leg.sign > 0:
                shares = fill.quantity * leg.multiplier * (-1 if leg.option_type == "PUT" else 1)
                due[key] = due.get(key, ZERO) + shares
    for key in due.keys() | came.keys():
        want, have = due.get(key, ZERO), came.get(key, ZERO)
        findings.check(17, want == have, f"{have} shares of {key[2]} came by exercise, {want} were due")


def was_delivered(view: View, trade: TradeRow) -> bool:
    """Say whether no order brought a trade's shares: the clearing house did."""
    return any(
        fill.kind == "SETTLEMENT" and fill.order_id is not None for fill in view.fills.get(trade.id, ())
    )


def check_nothing_gone_is_held(view: View, findings: Findings) -> None:
    """F: what an account does not hold is taken from its trade, or flagged and its owner asked.

    Contracts alone: shares by exercise come over night, and I-09 counts them.
    """
    today = new_york_date(view.now)
    for account in view.accounts.values():
        if view.is_asked_of_reset(account):
            continue  # of all of it at once
        believed: dict[str, Decimal] = {}
        for trade in view.trades.values():
            if (trade.broker_mode, trade.account_id) != (account.mode, account.account_id):
                continue
            for leg in trade.legs:
                if leg.expiry is not None and leg.expiry > today:
                    known = leg.sign * trade.held_of(leg)
                    believed[leg.symbol] = believed.get(leg.symbol, ZERO) + known
            asked = any(a.kind == ASKING and a.trade_id == trade.id for a in view.alerts)
            lacks = trade.missing_qty > 0 or any(leg.missing_qty > 0 for leg in trade.legs)
            text = f"{trade.missing_qty} of {trade.symbol} are missing and nobody was asked"
            findings.check(31, not lacks or asked, text, trade.id)
        short = view.told_short(account)
        for symbol, quantity in believed.items():
            if symbol in short:
                continue  # of that no trade is left to bear anything
            held = account.positions.get(symbol, ZERO)
            there = quantity <= held if quantity >= 0 else quantity >= held
            findings.check(31, there, f"{quantity} of {symbol} taken for held, {held} are")
        _check_taken_over(view, account, findings)


def _check_taken_over(view: View, account: TruthAccount, findings: Findings) -> None:
    """Each sale taken over is one that the broker shows, at its price, and no more of it than was sold."""
    shown = {leg.order_id: leg for order in account.orders for leg in order.trading()}
    booked: dict[str, Decimal] = {}
    for trade in view.trades.values():
        if (trade.broker_mode, trade.account_id) != (account.mode, account.account_id):
            continue
        for order in view.orders.get(trade.id, ()):
            if not order.tag.startswith(OUTSIDE):
                continue
            leg = shown.get(order.broker_order_id or "")
            symbols = {one.symbol for one in trade.legs}
            known = leg is not None and leg.symbol in symbols and leg.average == order.avg_fill_price
            findings.check(31, known, f"{order.broker_order_id} is no such sale at the broker", trade.id)
            key = order.broker_order_id or ""
            booked[key] = booked.get(key, ZERO) + order.filled_quantity
    for order_id, quantity in booked.items():
        findings.check(31, quantity <= _executed(shown, order_id), f"{quantity} booked of {order_id}")


def _executed(shown: Mapping[str, TruthOrder], order_id: str) -> Decimal:
    leg = shown.get(order_id)
    return ZERO if leg is None else leg.executed
