"""An excess that was bought back in its account by no order of ours (I-09, A-04).

Both exits of a bracket filled, and before our purchase left, the owner or the broker made it: nothing is left
to buy, our order would be refused for ever, and the books would settle a short that is not there.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.trading.books import Sale, sales_behind
from chalicelib.domain.trading.orders import UNSETTLED
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.books.book_outside import book_outside_fill, tell_outside
from chalicelib.services.sync.books.listed_trades import ended_by_others
from chalicelib.store.trades.trades import load_trade

BY_LIST: Final = "order_list"
#: What takes back what was closed too much: it can only make such a position smaller.
_BACK: Final = {LegSide.LONG: OrderSide.BUY_TO_CLOSE, LegSide.SHORT: OrderSide.SELL_TO_CLOSE}


def book_excesses_bought(look: AccountRound, stood: Sequence[Stood], listed: OrderList) -> None:
    """Book what the list shows as bought back of each excess; the rest is bought by our own order."""
    for one in stood:
        trade = one.trade
        is_one_leg = trade.excess_qty > 0 and len(trade.legs) == 1
        if is_one_leg and not _may_explain(one) and _is_only_one(trade, stood):
            _book(look, trade, listed)


def _book(look: AccountRound, trade: Trade, listed: OrderList) -> None:
    (leg,) = trade.legs
    env, keeper = look.keeper.env, look.keeper
    shown: list[Sale] = keeper.database.run(
        lambda connection: ended_by_others(connection, look.account, leg.symbol, _BACK[leg.side], listed),
        username=keeper.username,
    )
    for sale, share in sales_behind(shown, trade.excess_qty, since=trade.entry_date):
        booked: Booked = keeper.write(
            partial(
                _book_bought,
                env,
                trade_id=trade.id,
                leg_no=leg.leg_no,
                sale=sale,
                quantity=share,
                side=_BACK[leg.side],
            )
        )
        look.wrote = True
        look.snapshots.after(booked)


def _book_bought(
    env: Environment,
    connection: Connection,
    *,
    trade_id: UUID,
    leg_no: int,
    sale: Sale,
    quantity: Decimal,
    side: OrderSide,
) -> Booked:
    """Book what took back, by orders of this side, what of a leg was closed too much, inside the caller's
    transaction."""
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None
    leg = trade.leg_numbered(leg_no)
    share = min(quantity, trade.excess_qty)
    if trade.is_ended or share <= 0:
        return Booked(trade=trade, opened=False, ended=False)
    book_outside_fill(env, connection, trade, leg, sale, share, BY_LIST, side=side)
    booked = restate(env, connection, trade)
    tell_outside(env, connection, booked, leg, sale, share, "", side=side)
    return booked


def _is_only_one(trade: Trade, stood: Sequence[Stood]) -> bool:
    """Say whether it was of no other trade: one that holds the contract the other way may lack it as well."""
    (leg,) = trade.legs
    return not any(
        other.side is not leg.side
        for one in stood
        if one.trade.id != trade.id and not one.trade.is_ended
        for other in one.trade.legs
        if other.symbol == leg.symbol
    )


def _may_explain(one: Stood) -> bool:
    """Say whether an order of ours whose fate is open may be what the list shows."""
    return any(order.status in UNSETTLED for order in one.orders)
