"""Before the desk leaves: does the broker show the legs (B-06)? Else nothing is sent, and it is asked again.

Asked where the first order of a close leaves, whoever wants it left: a strategy, the kill switch, a person.
"""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import unshown_legs
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.parts import sales_of_close
from chalicelib.domain.trading.trades import Originator, Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.desk.strategy_names import told_as
from chalicelib.store.trades.orders import load_orders, orders_ahead
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.vendors.errors import VendorError

LEGS_NOT_SHOWN: Final = "legs_not_shown"


def legs_are_shown(keeper: AccountKeeper, stood: Stood) -> bool:
    """Say whether a close may send its first order; False when it has to be asked again, and was told of.

    Later orders of the same close follow the broker's word on the one before.
    """
    trade = stood.trade
    if trade.originator is not Originator.DESK or sales_of_close(trade, stood.orders):
        return True
    try:
        positions = keeper.broker.positions()
    except VendorError as error:
        _tell(keeper, trade, f"its positions cannot be read ({error.reason})")
        return False
    shown = {one.symbol: ZERO for one in positions}
    for one in positions:
        shown[one.symbol] += one.quantity
    lacking = unshown_legs(trade, _alive(keeper), shown)
    if lacking:
        _tell(keeper, trade, f"the account does not show {', '.join(lacking)} as our trades hold it")
        return False
    keeper.write(
        lambda connection: resolve_alert(connection, trade.username, kind=LEGS_NOT_SHOWN, trade_id=trade.id)
    )
    return True


def _alive(keeper: AccountKeeper) -> list[tuple[Trade, tuple[Order, ...]]]:
    def read(connection: Connection) -> list[tuple[Trade, tuple[Order, ...]]]:
        trades = load_live_trades(connection, keeper.account, beside=orders_ahead)
        orders = load_orders(connection, [one.id for one in trades])
        return [(one, orders.get(one.id, ())) for one in trades]

    return keeper.database.run(read, username=keeper.username)


def _tell(keeper: AccountKeeper, trade: Trade, why: str) -> None:
    def tell(connection: Connection) -> None:
        raise_alert(
            keeper.env,
            connection,
            trade.username,
            severity=Severity.CRITICAL,
            kind=LEGS_NOT_SHOWN,
            trade_id=trade.id,
            message=(
                f"{told_as(connection, trade.id).name} is to be closed, but {why}: nothing is sent, and the "
                "broker is asked again each minute."
            ),
            lasting=True,
            renewed=True,
        )

    keeper.write(tell)
