"""How many stops an exchange lets rest in one pair of an account (C-06), and how they are shared out.

A trade that wants more than are left rests with fewer, and keeps its further targets here
(`domain/trading/kept_targets.py`). One that would have none is refused before anything is sent.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.slices import unfinished
from chalicelib.domain.trading.trades import PendingChange, Trade
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trade_changes import load_pending_changes
from chalicelib.store.trades.trades import load_live_trades

#: MAX_NUM_ALGO_ORDERS of each pair that was recorded (wire/binance.md, 5).
STOPS_MAX: Final = 5
NO_STOP_LEFT: Final = (
    f"The exchange lets {STOPS_MAX} stops rest in one pair: {STOPS_MAX} do or will. Close something first."
)


def stops_for_entry(connection: Connection, account: AccountRef, command: PlaceTrade) -> int | None:
    """Return how many stops may rest for an entry: None is as many as it wants, 0 that none is left."""
    wanted = _stops_of(command.protection, ())
    if not account.mode.is_of_coins_alone or wanted == 0:
        return None
    return _granted(wanted, STOPS_MAX - _of_pair(connection, account, command.ticker).by_others(None))


def stops_for_change(connection: Connection, trade: Trade, after: Protection) -> int | None:
    """Return how many stops may rest for a trade once it is protected so, never fewer than do or will now.

    None is as many as it wants, 0 that none is left.
    """
    if not trade.account.mode.is_of_coins_alone:
        return None
    pair = _of_pair(connection, trade.account, trade.symbol)
    wanted = _stops_of(after, pair.orders.get(trade.id, ()))
    left = max(STOPS_MAX - pair.by_others(trade.id), pair.planned(trade))
    return None if wanted == 0 else _granted(wanted, left)


def _granted(wanted: int, left: int) -> int | None:
    return None if wanted <= left else max(left, 0)


class _Pair:
    """The trades of one pair in an account, with their orders and the changes that are under way."""

    def __init__(
        self,
        trades: Sequence[Trade],
        orders: dict[UUID, tuple[Order, ...]],
        changes: dict[UUID, PendingChange],
    ) -> None:
        self._trades = trades
        self.orders = orders
        self._changes = changes

    def by_others(self, trade_id: UUID | None) -> int:
        """Count the stops that rest or are to come, those of one trade left out."""
        others = [one for one in self._trades if one.id != trade_id]
        return sum(max(self.planned(one), self._resting(one)) for one in others)

    def planned(self, trade: Trade) -> int:
        """Return how many stops a trade is to have, by what is in force and by what was asked for."""
        if trade.is_ended:
            return 0
        orders, change = self.orders.get(trade.id, ()), self._changes.get(trade.id)
        wanted = [trade.protection] if change is None else [trade.protection, change.after]
        most = max(_stops_of(one, orders) for one in wanted)
        return most if trade.stops_max is None else min(most, trade.stops_max)

    def _resting(self, trade: Trade) -> int:
        orders = self.orders.get(trade.id, ())
        return sum(one.role is OrderRole.STOP_LOSS and one.is_outstanding for one in orders)


def _of_pair(connection: Connection, account: AccountRef, symbol: str) -> _Pair:
    trades = [one for one in load_live_trades(connection, account) if symbol in one.symbols]
    ids = [one.id for one in trades]
    return _Pair(trades, load_orders(connection, ids), load_pending_changes(connection, ids))


def _stops_of(wanted: Protection, orders: Sequence[Order]) -> int:
    """Return how many stops it takes: one a target that has not sold, and one over what no target is over."""
    if wanted.sl_price is None:
        return 0
    has_rest = sum((goal.share for goal in wanted.goals), Decimal(0)) < 1
    return len(unfinished(wanted, orders)) + has_rest
