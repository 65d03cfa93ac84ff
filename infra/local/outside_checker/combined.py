"""Combined orders leg by leg: sides, quantities and prices there and here, and what legs cost together."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from infra.local.outside_checker.broker_log import Execution
from infra.local.outside_checker.findings import Rule
from infra.local.outside_checker.history import ToldOrder, ToldTrade

PRICE_NOISE: Final = Decimal("0.0001")
ZERO: Final = Decimal(0)


def broken_legs(told: ToldOrder, order: Execution) -> Iterator[tuple[Rule, str]]:
    """Say where the legs of a combined order are not the same here as there."""
    here, there = {leg.symbol: leg for leg in told.legs}, {leg.symbol: leg for leg in order.legs}
    if here.keys() != there.keys():
        yield Rule.SAME_ORDER, f"order {order.order_id} is of {sorted(there)} there, of {sorted(here)} here"
        return
    for symbol, leg in there.items():
        name, one = f"{symbol} of order {order.order_id}", here[symbol]
        if leg.buys != one.buys:
            yield Rule.SAME_ORDER, f"{name} is on the other side"
        if leg.executed != one.filled:
            yield Rule.QUANTITIES, f"{name} executed {leg.executed} there, {one.filled} here"
        elif leg.executed and (one.average is None or abs(leg.average - one.average) > PRICE_NOISE):
            yield Rule.PRICES, f"{name} executed at {leg.average} there, at {one.average} here"


def cost_of_legs(trade: ToldTrade, entries: Sequence[Execution]) -> Decimal | None:
    """Return what several legs cost together, each entered at its average, signed and by ratio.

    None for what no combined order entered, or did not enter whole.
    """
    if not any(told.legs for told in trade.orders if told.role == "ENTRY"):
        return None
    paid = ZERO
    for leg in trade.legs:
        executed = [one for one in entries if one.symbol == leg.symbol]
        count = sum((one.executed for one in executed), ZERO)
        if not count:
            return None
        paid += sum((one.value for one in executed), ZERO) / count * leg.sign * leg.ratio * leg.multiplier
    return paid / max(leg.multiplier for leg in trade.legs)
