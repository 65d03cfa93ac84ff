"""Accounts at an exchange of coins, by its own truth: whose orders stand there, live money, fees, what is
their owners' (C-06, C-08).

Orders, positions and brackets there are held to what all brokers' are; this is what coins have of their own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.invariants.coin_truth import LIVE
from infra.local.invariants.findings import Findings
from infra.local.invariants.holdings import OUTSIDE
from infra.local.invariants.hours import is_coin
from infra.local.invariants.rows import TradeRow
from infra.local.invariants.truth import TruthAccount
from infra.local.invariants.view import View

ZERO: Final = Decimal(0)
ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})
AI: Final = "AI"
#: C-08: the first hundred live trades of a trader; no run has so many.
CAP_USD, CAP_POSITIONS = Decimal(100), 2
#: How far a coin may have gone up between the decision, whose price is a minute old at most, and the order.
MOVES_MEANWHILE: Final = Decimal("1.07")
#: What tells an owner that trading is paused (C-06); an entry may have been under way for so long.
PAUSES: Final = frozenset({"broker_unreadable", "keys_refused", "rate_limited"})
UNDER_WAY_MAX: Final = timedelta(seconds=25)
#: Fees are stored to six places.
_ATOM: Final = Decimal("0.00001")
#: What an account gains or loses beside all trades is told from this worth on, in USDT.
TOLD_FROM: Final = Decimal(5)


def check_exchange(view: View, findings: Findings) -> None:
    """Check at any moment whose orders stand where, and what was asked of live accounts."""
    trades = {
        order.tag: trade
        for trade_id, orders in view.orders.items()
        if (trade := view.trades.get(trade_id)) is not None
        for order in orders
    }
    for (mode, account_id), account in view.accounts.items():
        for order in account.orders if account.keeps_own else ():
            trade = trades.get(order.tag or "")
            if trade is None:
                continue
            home = (trade.broker_mode, trade.account_id) == (mode, account_id)
            text = f"an order of {trade.username}'s {trade.ticker} stands in {mode} {account_id}"
            findings.check(29, home, text, trade.id)
            if order.side == "buy_to_open":
                _check_pause(view, trade, order.created_at, findings)
            if mode == LIVE and order.side == "buy_to_open" and trade.originator == AI:
                _check_cap(view, trade, order.quantity, order.created_at, findings)


def _check_pause(view: View, trade: TradeRow, at: datetime, findings: Findings) -> None:
    """C-06: while trading is told to be paused no entry leaves; a look at orders and balances ends that."""
    for alert in view.alerts:
        key = alert.dedupe_key or ""
        if alert.kind in PAUSES and alert.username == trade.username and key.endswith(trade.account_id):
            paused = alert.at + UNDER_WAY_MAX < at < (alert.resolved_at or view.now)
            text = f"{trade.ticker} was sent at {at}, while {alert.kind} of {alert.at} was told"
            findings.check(24, not paused, text, trade.id)


def _check_cap(view: View, trade: TradeRow, quantity: Decimal, at: datetime, findings: Findings) -> None:
    """C-08 by the exchange's own record: 100 USDT a live trade, two positions at a time."""
    worth = quantity * view.coin_price(trade.ticker, at)
    text = f"{quantity} {trade.ticker}, {worth:.2f} USDT, bought live: the first trades are of {CAP_USD}"
    findings.check(24, worth <= CAP_USD * MOVES_MEANWHILE, text, trade.id)
    beside = [
        other
        for other in view.trades.values()
        if other.id != trade.id
        and (other.username, other.broker_mode, other.originator) == (trade.username, LIVE, AI)
        and other.created_at <= trade.created_at
        and not _had_ended(view, other, trade.created_at)
    ]
    text = f"{trade.ticker} was entered live beside {len(beside)} others"
    findings.check(24, len(beside) < CAP_POSITIONS, text, trade.id)


def _had_ended(view: View, trade: TradeRow, at: datetime) -> bool:
    steps = view.transitions.get(trade.id, ())
    return bool(steps) and steps[-1].to_status in ENDED and steps[-1].at <= at


def check_exchange_at_rest(view: View, findings: Findings) -> None:
    """F: each order cost what the exchange took (I-13), and what is its owner's is known (C-06)."""
    for trade in view.trades.values():
        account = view.account_of(trade)
        if account is not None and account.keeps_own:
            _check_fees(view, trade, account, findings)
    for (mode, account_id), account in view.accounts.items():
        rows = [one for one in view.own_coins if (one.broker_mode, one.account_id) == (mode, account_id)]
        for row in rows if account.keeps_own else ():
            if is_looked_at(view, row.username, account):
                _check_own(view, account, row.own_coins, findings)


def is_looked_at(view: View, username: str, account: TruthAccount) -> bool:
    """Say whether something of ours is at work in an account, or a trader may enter there."""
    works = any(
        (one.broker_mode, one.account_id) == (account.mode, account.account_id) and one.status not in ENDED
        for one in view.trades.values()
    )
    return works or any(
        one.username == username
        and one.may_enter
        and one.trading.get("exchange") == "BINANCE"
        and (one.trading.get("mode") == "live") is (account.mode == LIVE)
        for one in view.ai.traders
    )


def _check_fees(view: View, trade: TradeRow, account: TruthAccount, findings: Findings) -> None:
    for order in view.orders.get(trade.id, ()):
        least, most = account.fees.get(order.broker_order_id or "", (ZERO, ZERO))
        booked = sum((one.fees for one in view.fills.get(trade.id, ()) if one.order_id == order.id), ZERO)
        # Of what filled less than a lot, its fee in the coin taken off, nothing is booked yet.
        fair = least - _ATOM <= booked <= most + _ATOM or order.filled_quantity == booked == 0
        text = f"{order.tag}: fees {booked} booked, the exchange took {least} to {most}"
        is_ours = not order.tag.startswith(OUTSIDE)
        findings.check(13, fair or (not is_ours and booked <= most + _ATOM), text, trade.id)


def _check_own(
    view: View, account: TruthAccount, known: Mapping[str, Any] | None, findings: Findings
) -> None:
    """Hold what is known to be an owner's against the exchange's truth less our trades."""
    if known is None:
        return
    told = {asset: Decimal(one) for asset, one in known["quantities"].items()}
    unsure = _asked_about(view, account)
    for asset, quantity in own_of(view, account).items():
        if asset in unsure:
            continue
        off = (quantity - told.get(asset, ZERO)) * price_of(view, asset)
        text = f"{account.account_id}: {quantity} {asset} are its owner's, {told.get(asset, ZERO)} are known"
        findings.check(31, abs(off) < TOLD_FROM, text)


def _asked_about(view: View, account: TruthAccount) -> set[str]:
    """Return the coins of which a trade lacks some, and the money they went for: their owner is asked."""
    lacking = {
        trade.ticker.removesuffix(QUOTE)
        for trade in view.trades.values()
        if (trade.broker_mode, trade.account_id) == (account.mode, account.account_id) and trade.missing_qty
    }
    return lacking | {QUOTE} if lacking else lacking


def own_of(view: View, account: TruthAccount) -> Mapping[str, Decimal]:
    """Return by asset what an account holds beyond our trades, and the money that they did not move."""
    own = {symbol.removesuffix(QUOTE): quantity for symbol, quantity in account.positions.items()}
    own[QUOTE] = account.cash
    for trade in view.trades.values():
        if (trade.broker_mode, trade.account_id) != (account.mode, account.account_id):
            continue
        gross, fees = view.replayed(trade, view.fills.get(trade.id, ()))
        own[QUOTE] -= gross - fees
        for leg in trade.legs:
            asset = leg.symbol.removesuffix(QUOTE)
            own[asset] = own.get(asset, ZERO) - trade.held_of(leg)
    return own


def price_of(view: View, asset: str) -> Decimal:
    """Return what one of an asset is worth in USDT."""
    symbol = f"{asset}{QUOTE}"
    return Decimal(1) if asset == QUOTE or not is_coin(symbol) else view.coin_price(symbol, view.now)
