"""What is left of a coin and worth less than its exchange takes (C-06): named, and no position any more.

It can neither be protected nor sold, so it must not hold up a close, nor count as a position without a stop.
It stays in the account as its owner's; the trade ends at the last mark. What nobody tried to sell or to
protect is left alone: it may be worth more tomorrow.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.trading.orders import Fill, FillKind, OrderRole, OrderStatus
from chalicelib.domain.trading.trades import HOLDING, CloseReason, Trade
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.store.market.coin_symbols import read_filters
from chalicelib.store.trades.orders import insert_fill, load_orders
from chalicelib.store.trades.trades import load_trade, save_trade

KIND: Final = "dust"
RULE: Final = "dust"
_FILTERS_AGE_MAX: Final = timedelta(days=1)
_MARK_AGE_MAX: Final = timedelta(minutes=5)


def end_dust(look: AccountRound, stood: Sequence[Stood]) -> None:
    """End trades of coins whose rest was tried to be sold or protected and is worth too little for either."""
    if not look.account.mode.is_of_coins_alone:
        return
    for one in stood:
        if _is_stuck(one):
            _end(look, one.trade)


def _is_stuck(one: Stood) -> bool:
    trade = one.trade
    if trade.status not in HOLDING or trade.open_qty <= 0 or trade.missing_qty > 0:
        return False
    if any(order.is_outstanding or order.status is OrderStatus.INTENT for order in one.orders):
        return False
    was_refused = any(
        order.role is OrderRole.EXIT and order.status is OrderStatus.REJECTED for order in one.orders
    )
    return trade.protection_failures > 0 or was_refused or trade.open_qty < trade.filled_qty


def _end(look: AccountRound, seen: Trade) -> None:
    env = look.keeper.env

    def end(connection: Connection) -> Booked | None:
        now = env.clock.now()
        filters = read_filters(connection, seen.leg.symbol, now - _FILTERS_AGE_MAX)
        trade = load_trade(connection, seen.id, lock=True)
        orders = load_orders(connection, [seen.id]).get(seen.id, ())
        if trade is None or filters is None or not _is_dust(trade, filters, now):
            return None
        if any(order.is_outstanding for order in orders):
            return None
        _tell(look, connection, trade)
        insert_fill(connection, _left_behind(look, trade, now), None)
        reason = trade.closing_reason or CloseReason.STRATEGY_EXIT
        return restate(env, connection, save_trade(connection, trade, now, {"closing_reason": reason}))

    booked = look.keeper.write(end)
    if booked is not None:
        look.wrote = True
        look.snapshots.after(booked)


def _is_dust(trade: Trade, filters: SymbolFilters, now: datetime) -> bool:
    """Say whether what is held is worth too little by a mark of now; without one nobody knows."""
    price, at = trade.current_price, trade.mark_at
    if price is None or at is None or now - at > _MARK_AGE_MAX or trade.open_qty <= 0:
        return False
    return trade.open_qty < filters.least_quantity or trade.open_qty * price < filters.least_notional


def _left_behind(look: AccountRound, trade: Trade, now: datetime) -> Fill:
    assert trade.current_price is not None, "what has no mark is not judged"
    return Fill(
        id=look.keeper.env.randomness.uuid7(now),
        username=trade.username,
        trade_id=trade.id,
        order_id=None,
        kind=FillKind.SETTLEMENT,
        is_buy=trade.leg.side.closes_by.is_buy,
        quantity=trade.open_qty,
        price=trade.current_price,
        fees=ZERO,
        fill_rule=RULE,
        filled_at=now,
        leg_no=trade.leg.leg_no,
    )


def _tell(look: AccountRound, connection: Connection, trade: Trade) -> None:
    assert trade.current_price is not None, "as above"
    worth = to_cents(trade.open_qty * trade.current_price)
    raise_alert(
        look.keeper.env,
        connection,
        trade.username,
        severity=Severity.INFO,
        kind=KIND,
        trade_id=trade.id,
        message=(
            f"{trade.open_qty.normalize():f} of {trade.leg.symbol} ({worth} USDT) stays in your account: it "
            "is worth less than the exchange takes, and counts as no position any more."
        ),
    )
