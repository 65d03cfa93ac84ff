"""What a change of a position is judged by at this moment: its trader's rules, its market, what is held."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.held import held_position
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.ai.validation.facts import Account, Case, Drawdown, Position
from chalicelib.domain.people import Tier
from chalicelib.domain.trading.trades import PROTECTABLE, Originator, Trade
from chalicelib.services.ai.market_moment import read_moment
from chalicelib.services.environment import Environment
from chalicelib.store.ai import traders
from chalicelib.store.trades import proposals
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trades import load_trade

_UNKNOWN: Final = Drawdown(daily_pct=None, total_pct=None)
#: No rule of changes asks of the account; one that did would find nothing known, and fail closed.
_UNASKED: Final = Account(
    tier=Tier.FREE,
    stopped_by=None,
    portfolio=None,
    free_balance=None,
    correlated=None,
    open_of_trader=0,
    open_of_account=0,
    trader_drawdown=_UNKNOWN,
    account_drawdown=_UNKNOWN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A trade that can be changed, and the position that it is."""

    trade: Trade
    position: Position


def trader_of(connection: Connection, trade: Trade) -> Trader | None:
    """Read the trader whose trade this is, removed or not; None for one that no trader opened.

    Raises UnreadableTrader.
    """
    if trade.originator is not Originator.AI or trade.originator_id is None:
        return None
    row = traders.read(connection, trade.username, UUID(trade.originator_id))
    return None if row is None else row.read()


def read_held(connection: Connection, trade_id: UUID, *, lock: bool = False) -> Held | None:
    """Read what is held of a trade of one leg; None where nothing of it can be changed."""
    trade = load_trade(connection, trade_id, lock=lock)
    if trade is None or trade.status not in PROTECTABLE or trade.is_structure:
        return None
    history = proposals.read_history(connection, trade_id)
    position = held_position(
        trade,
        load_orders(connection, [trade_id]).get(trade_id, ()),
        proposals.read_target_ids(connection, trade_id),
        last_ai_change_at=history.last_ai_change_at,
        is_stop_by_hand=history.is_stop_by_hand,
    )
    return None if position is None else Held(trade=trade, position=position)


def change_case(env: Environment, username: str, trade_id: UUID, confidence: Decimal) -> Case | None:
    """Read the case of a change at this moment; None where the trade is not a trader's, or not there."""

    def whose(connection: Connection) -> tuple[Trade, Trader] | None:
        trade = load_trade(connection, trade_id)
        trader = None if trade is None else trader_of(connection, trade)
        return None if trade is None or trader is None else (trade, trader)

    found = env.database.run(whose, username=username)
    if found is None:
        return None
    trade, trader = found
    moment = read_moment(env, trade.symbol, trader.timeframe)
    return Case(trading=trader.trading, moment=moment, account=_UNASKED, confidence=confidence)
