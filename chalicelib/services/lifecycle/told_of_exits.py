"""What an owner hears of a sale that does not come off: told once while it lasts, with its count (A-04)."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.refusals import Refused, refused_sales
from chalicelib.domain.trading.steps import AbandonClose
from chalicelib.domain.trading.trades import CloseReason, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.trades.orders import load_orders

#: Lasts until the sale is done, withdrawn, or the trade is over otherwise.
NOBODY_BIDS: Final = "nobody_bids"
#: Of a close that its owner asked for each is told; of one that goes again by itself it lasts and counts.
CLOSE_FAILED: Final = "close_failed"


def tell_nobody_bids(env: Environment, connection: Connection, trade: Trade, order: Order) -> None:
    """Tell, once, that a sale rests because nobody bids."""
    assert order.limit_price is not None
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.WARNING,
        kind=NOBODY_BIDS,
        trade_id=trade.id,
        message=(
            f"Nobody bids for {order.symbol}: its sale rests at {order.limit_price.normalize():f} and "
            "goes again each morning until it is filled or withdrawn."
        ),
        lasting=True,
    )


def tell_abandoned(env: Environment, connection: Connection, trade: Trade, step: AbandonClose) -> None:
    """Tell that a close was given up, unless its owner knows already."""
    if not step.keep_request:
        resolve_alert(connection, trade.username, kind=NOBODY_BIDS, trade_id=trade.id)
    if step.is_told:
        return
    is_scanned = trade.closing_buffer_pct is not None
    # Nothing is sent outside the session: neither the sale nor a bracket.
    put_back = "It is watched again." if trade.is_structure else "Its protection is put back."
    then = "It goes on at the next open." if step.keep_request else put_back
    refused = _goes_again(connection, trade)
    if is_scanned:
        then = "It is tried again by the next scan."
    elif refused is not None and not step.keep_request:
        times = f"{refused.times} times since {refused.since:%H:%M} UTC" if refused.times > 1 else "once"
        then = f"Failed {times}; it is tried again from {refused.retry_at:%H:%M} UTC on."
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind=CLOSE_FAILED,
        trade_id=trade.id,
        message=f"{trade.ticker} could not be closed: {step.detail.rstrip('.')}. {_sold(trade)}{then}",
        lasting=refused is not None or is_scanned,
        renewed=refused is not None or is_scanned,
    )


def _sold(trade: Trade) -> str:
    """Say what of it is sold, where its order filled in part (B-13)."""
    sold = trade.filled_qty - trade.open_qty
    return f"{sold.normalize():f} of {trade.filled_qty.normalize():f} are sold. " if sold > 0 else ""


def _goes_again(connection: Connection, trade: Trade) -> Refused | None:
    """Return how often a close failed that begins by itself: at a stop, or of an excess."""
    if trade.closing_reason is not CloseReason.SL_HIT and trade.excess_qty == 0:
        return None
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    return refused_sales(trade, orders)


def end_failed_closes(connection: Connection, trade: Trade) -> None:
    """Mark as over what was told of sales: the trade is protected again, or held no longer."""
    for kind in (CLOSE_FAILED, NOBODY_BIDS):
        resolve_alert(connection, trade.username, kind=kind, trade_id=trade.id)
