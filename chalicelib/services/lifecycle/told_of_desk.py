"""What an owner hears of the desk's trades as they begin and end (B-13): each once, with strategy and P&L."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.money import to_cents
from chalicelib.domain.trading.position import Position
from chalicelib.domain.trading.trades import CloseReason, Originator, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.desk.strategy_names import told_as

OPENED: Final = "trade_opened"
CLOSED: Final = "trade_closed"


def tell_of_desk(
    env: Environment,
    connection: Connection,
    trade: Trade,
    position: Position,
    *,
    opened: bool,
    ended: bool,
) -> None:
    """Tell that a trade of the desk opened, or that what it held is over; of other trades nothing."""
    if trade.originator is not Originator.DESK:
        return
    if opened and position.entry_price is not None:
        held, price = position.filled_qty.normalize(), position.entry_price.normalize()
        _tell(env, connection, trade, OPENED, f"opened: {held:f} at {price:f}")
    if ended and position.filled_qty > 0:
        _tell(env, connection, trade, CLOSED, f"closed: P&L {to_cents(position.net_pnl):+} $")


def _tell(env: Environment, connection: Connection, trade: Trade, kind: str, words: str) -> None:
    told = told_as(connection, trade.id)
    is_left = trade.close_reason is CloseReason.STRATEGY_EXIT and told.leaving is not None
    why = "" if trade.close_reason is None else f" ({trade.close_reason})"
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.INFO,
        kind=kind,
        trade_id=trade.id,
        message=f"{told.name} {words}{f' ({told.leaving})' if is_left else why}.",
    )
