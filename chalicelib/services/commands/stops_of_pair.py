"""How many stops an exchange lets rest in one pair of an account (C-06): an entry beyond it would be bare."""

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trades import load_live_trades

#: MAX_NUM_ALGO_ORDERS of each pair that was recorded (wire/binance.md, 5).
STOPS_MAX: Final = 5


def check_stops_of_pair(env: Environment, account: AccountRef, command: PlaceTrade) -> None:
    """Refuse an entry whose stops would be too many beside those that rest or are to come; raises Invalid."""
    if command.sl_price is None:
        return
    shares = [target.share for target in command.targets]
    wanted = len(shares) + (sum(shares, Decimal(0)) < 1)

    def count(connection: Connection) -> int:
        trades = [one for one in load_live_trades(connection, account) if command.ticker in one.symbols]
        orders = load_orders(connection, [one.id for one in trades])
        return sum(
            max(_planned(trade), sum(_rests(order) for order in orders.get(trade.id, ()))) for trade in trades
        )

    standing = env.database.run(count, username=account.username)
    if standing + wanted > STOPS_MAX:
        message = (
            f"The exchange lets {STOPS_MAX} stops rest in one pair: {standing} do or will, and this entry "
            f"needs {wanted}. Take fewer targets, or close something first."
        )
        raise Invalid([FieldError(field="targets" if shares else "sl_price", message=message)])


def _rests(order: Order) -> bool:
    return order.role is OrderRole.STOP_LOSS and order.is_outstanding


def _planned(trade: Trade) -> int:
    """Return how many stops a trade wants: one a target, and one over what no target is over."""
    if trade.is_ended or trade.sl_price is None:
        return 0
    goals = trade.protection.goals
    return len(goals) + (sum((goal.share for goal in goals), Decimal(0)) < 1)
