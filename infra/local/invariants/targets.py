"""What of a holding is still whose target's, by exact shares (W-03)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from infra.local.invariants.rows import TradeRow
from infra.local.invariants.view import View

ZERO: Final = Decimal(0)


def resting(trade: TradeRow, shares: Mapping[int, Decimal]) -> Mapping[int, Decimal]:
    """Return of these shares those whose targets rest at the exchange.

    Where fewer stops may rest than it takes, the nearest do, and one stop is over all else (C-06).
    """
    has_rest = sum((one.share for one in trade.several), ZERO) < 1
    most = trade.stops_max
    if most is None or trade.sl_price is None or len(shares) + has_rest <= most:
        return shares
    return dict(sorted(shares.items())[: most - 1])


def shares_left(view: View, trade: TradeRow) -> Mapping[int, Decimal]:
    """Return by its number what each target has not sold yet, not rounded; without those that are done.

    Shares count from what was open when they were asked for; once a target is done, the others and what no
    target is over share what is left.
    """
    sold: dict[int, Decimal] = {}
    done: set[int] = set()
    for order in view.orders.get(trade.id, ()):
        if order.role != "TAKE_PROFIT":
            continue
        sold[order.target_no] = sold.get(order.target_no, ZERO) + order.filled_quantity
        if order.status == "FILLED":
            done.add(order.target_no)
    shares = {one.no: one.share for one in trade.several if one.no not in done}
    rest = 1 - sum((one.share for one in trade.several), ZERO)
    if not shares and rest == 0:
        shares = {trade.several[-1].no: Decimal(1)}
    if not shares:
        return {}
    base = trade.held_qty + sum((sold.get(no, ZERO) for no in shares), ZERO)
    whole = rest + sum(shares.values(), ZERO)
    return {no: max(base * share / whole - sold.get(no, ZERO), ZERO) for no, share in shares.items()}
