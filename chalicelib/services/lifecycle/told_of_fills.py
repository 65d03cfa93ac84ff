"""What an owner hears at once of fills that should not be: too much was sold, legs without the others."""

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert

UNBALANCED_FILL: Final = "unbalanced_fill"


def tell_uneven(env: Environment, connection: Connection, trade: Trade, order: Order) -> None:
    """Tell that an order over several legs ended with some filled beyond the others (B-05, I-38)."""
    filled = ", ".join(f"{leg.filled_quantity.normalize():f} {leg.symbol}" for leg in order.legs)
    is_entry = order.role is OrderRole.ENTRY
    then = "is given back at once; the entry is over" if is_entry else "is closed by itself"
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind=UNBALANCED_FILL,
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: the broker filled the legs of an {'entry' if is_entry else 'exit'} unevenly "
            f"({filled}). What is no whole structure {then}."
        ),
    )


def tell_excess(env: Environment, connection: Connection, trade: Trade, excess: Decimal) -> None:
    """Tell that stop and target both filled (I-09)."""
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind="both_exits_filled",
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: stop and target both filled; {excess.normalize():f} more sold than held. "
            "The excess is being bought back."
        ),
    )
