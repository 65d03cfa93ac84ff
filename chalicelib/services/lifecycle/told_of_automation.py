"""What an owner hears of trades that the desk or a trader opened as they begin and end (B-13, C-07).

Each once, at once, with the strategy's or the trader's name and P&L.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.spelling import as_coins_result, as_price, as_result
from chalicelib.domain.trading.position import Position
from chalicelib.domain.trading.trades import CloseReason, Originator, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.ai import traders
from chalicelib.store.desk.strategy_names import told_as

OPENED: Final = "trade_opened"
CLOSED: Final = "trade_closed"


def tell_of_automation(
    env: Environment,
    connection: Connection,
    trade: Trade,
    position: Position,
    *,
    opened: bool,
    ended: bool,
) -> None:
    """Tell that a trade which no person opened began, or that what it held is over."""
    if trade.originator is Originator.PERSON or trade.shadow_of is not None:
        return
    if opened and position.entry_price is not None:
        held, price = position.filled_qty.normalize(), as_price(position.entry_price)
        _tell(env, connection, trade, OPENED, f"opened: {held:f} at {price}")
    if ended and position.filled_qty > 0:
        in_its_money = as_coins_result if trade.account.holds_coins else as_result
        _tell(env, connection, trade, CLOSED, f"closed: P&L {in_its_money(position.net_pnl)}")


def _tell(env: Environment, connection: Connection, trade: Trade, kind: str, words: str) -> None:
    name, leaving = _told_as(connection, trade)
    is_left = trade.close_reason is CloseReason.STRATEGY_EXIT and leaving is not None
    why = "" if trade.close_reason is None else f" ({trade.close_reason})"
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.INFO,
        kind=kind,
        trade_id=trade.id,
        message=f"{name} {words}{f' ({leaving})' if is_left else why}.",
    )


def _told_as(connection: Connection, trade: Trade) -> tuple[str, str | None]:
    """Return in whose name a trade is told of, and why the desk leaves it."""
    if trade.originator is Originator.DESK:
        told = told_as(connection, trade.id)
        return told.name, told.leaving
    row = None
    if trade.originator_id is not None:
        row = traders.read(connection, trade.username, UUID(trade.originator_id))
    return (trade.ticker if row is None else f"{row.name}, {trade.ticker}"), None
