"""A sale that a list shows after its owner had told its price (A-04): the broker's word counts (I-13).

While lists cannot be read, or hide an order, a question may be answered by a price that nobody paid. Once
the sale is shown, what the owner told is taken back and the broker's order booked; a trade that has ended
keeps its facts, and its amendment says what they would be (A-01).
"""

from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.trading.books import Sale, sales_behind
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.order_tags import TAG_PREFIX
from chalicelib.domain.trading.orders import Fill, FillKind
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.amendments import may_amend, record_amendments
from chalicelib.services.lifecycle.book_news import restate
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.books.book_outside import book_outside_fill
from chalicelib.services.sync.books.excess_bought import BY_LIST
from chalicelib.services.sync.books.listed_trades import closed_by_others, trading
from chalicelib.store.trades.orders import insert_fill
from chalicelib.store.trades.told_prices import OVERRULED, ToldPrice, told_since
from chalicelib.store.trades.trades import load_trade

_WHY: Final = "the list of orders shows at what price it went, after its owner had told another"


def overrule_told_prices(look: AccountRound, listed: OrderList) -> None:
    """Book what the list shows as sold of what is booked at its owner's word, in its place."""
    if _shows_others(listed):
        look.wrote |= look.keeper.write(partial(_overrule, look, listed))


def _shows_others(listed: OrderList) -> bool:
    return any(
        one.filled_quantity > 0 and not (order.tag or "").startswith(TAG_PREFIX)
        for order, one in trading(listed.orders)
    )


def _overrule(look: AccountRound, listed: OrderList, connection: Connection) -> bool:
    env = look.keeper.env
    since = new_york_midnight(new_york_date(env.clock.now()))
    wrote = False
    for told in told_since(connection, look.account, since):
        trade = load_trade(connection, told.trade_id, lock=True)
        if trade is None or (trade.is_ended and not may_amend(connection)):
            continue  # a call of the API leaves it to the next sync
        leg = trade.leg_numbered(told.leg_no)
        sales = [
            sale
            for sale in closed_by_others(connection, look.account, leg, listed)
            if sale.at <= told.told_at
        ]
        for sale, share in sales_behind(sales, told.quantity, since=trade.entry_date):
            _put_in_its_place(env, connection, trade, leg, told, sale, share)
            wrote = True
    return wrote


def _put_in_its_place(
    env: Environment,
    connection: Connection,
    trade: Trade,
    leg: Leg,
    told: ToldPrice,
    sale: Sale,
    share: Decimal,
) -> None:
    side = leg.side.closes_by
    booked = book_outside_fill(env, connection, trade, leg, sale, share, BY_LIST, side=side)
    back = Fill(
        id=env.randomness.uuid7(env.clock.now()),
        username=trade.username,
        trade_id=trade.id,
        order_id=None,
        kind=FillKind.CORRECTION,
        is_buy=not side.is_buy,
        quantity=share,
        price=told.price,
        fees=-booked.fees,
        fill_rule=OVERRULED,
        filled_at=told.told_at,
        leg_no=leg.leg_no,
    )
    insert_fill(connection, back, None)
    if trade.is_ended:
        position = record_amendments(env, connection, trade, [booked, back], _WHY)
        then = f"; net of fees its result would be {position.net_pnl:.2f}"
    else:
        restate(env, connection, trade)
        then = ""
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.WARNING,
        kind="told_price_overruled",
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: the broker shows that {share.normalize():f} of {leg.symbol} went at "
            f"{sale.price.normalize():f}, not at {told.price.normalize():f} as you told{then}."
        ),
    )
