"""How many stops an exchange lets rest in one pair of an account (C-06): what is beyond would be bare.

An entry or a change that needs more is refused before anything is sent: nothing that rests goes for it.
"""

from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.protection import Protection
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

    standing = env.database.run(
        lambda connection: _standing(connection, account, command.ticker), username=account.username
    )
    if standing + wanted > STOPS_MAX:
        message = _too_many(standing, wanted)
        raise Invalid([FieldError(field="targets" if shares else "sl_price", message=message)])


def too_many_stops(connection: Connection, trade: Trade, after: Protection) -> str | None:
    """Say why a trade cannot be protected so: its pair lets no more stops rest; None where it can be.

    A change that needs no more stops than the trade has is none of this one's business.
    """
    wanted = _stops_of(after)
    if not trade.account.mode.is_of_coins_alone or wanted <= _stops_of(trade.protection):
        return None
    standing = _standing(connection, trade.account, trade.symbol, but=trade.id)
    return None if standing + wanted <= STOPS_MAX else _too_many(standing, wanted)


def _too_many(standing: int, wanted: int) -> str:
    return (
        f"The exchange lets {STOPS_MAX} stops rest in one pair: {standing} do or will, and this needs "
        f"{wanted}. Take fewer targets, or close something first."
    )


def _standing(connection: Connection, account: AccountRef, symbol: str, *, but: UUID | None = None) -> int:
    """Count the stops that rest in a pair or are to come, those of one trade left out."""
    live = load_live_trades(connection, account)
    trades = [one for one in live if symbol in one.symbols and one.id != but]
    orders = load_orders(connection, [one.id for one in trades])
    return sum(
        max(_planned(trade), sum(_rests(order) for order in orders.get(trade.id, ()))) for trade in trades
    )


def _rests(order: Order) -> bool:
    return order.role is OrderRole.STOP_LOSS and order.is_outstanding


def _planned(trade: Trade) -> int:
    """Return how many stops a trade wants: one a target, and one over what no target is over."""
    return 0 if trade.is_ended else _stops_of(trade.protection)


def _stops_of(wanted: Protection) -> int:
    if wanted.sl_price is None:
        return 0
    return len(wanted.goals) + (sum((goal.share for goal in wanted.goals), Decimal(0)) < 1)
