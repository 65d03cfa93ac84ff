"""Executions as Interactive Brokers lists them: what filled of each leg, and at which price (wire, 10)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO, to_price
from chalicelib.vendors.wire import UnreadablePayload, as_list, as_node, number, text, whole

#: A combination has an execution of its own beside those of its legs.
_COMBINATION: Final = "BAG"


@dataclass(slots=True, kw_only=True)
class FilledLeg:
    """What filled of one contract by one order."""

    buys: bool
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    last_at: datetime | None = None
    counted: set[str] = field(default_factory=set)

    @property
    def average(self) -> Decimal:
        """Return the average price per share."""
        return to_price(self.value / self.quantity)


#: By an order's own reference, and by conid.
Executions = Mapping[str, Mapping[int, FilledLeg]]


def parse_executions(body: object) -> Executions:
    """Read the list of executions, each counted once (I-07); raises UnreadablePayload for no list."""
    if not isinstance(body, list):
        raise UnreadablePayload("the executions are no list")
    found: dict[str, dict[int, FilledLeg]] = defaultdict(dict)
    for value in as_list(body):
        row = as_node(value, "an execution")
        reference = text(row, "order_ref")
        if reference is None or text(row, "sec_type") == _COMBINATION:
            continue
        execution_id, conid = text(row, "execution_id"), whole(row, "conid")
        quantity, price, side = number(row, "size"), number(row, "price"), text(row, "side")
        if execution_id is None or conid is None or quantity is None or price is None or side is None:
            raise UnreadablePayload("an execution without its id, contract, size, price or side")
        leg = found[reference].setdefault(conid, FilledLeg(buys=side.upper().startswith("B")))
        if execution_id in leg.counted:
            continue
        leg.counted.add(execution_id)
        leg.quantity += abs(quantity)
        leg.value += abs(quantity) * price
        at = whole(row, "trade_time_r")
        if at is not None:
            leg.last_at = datetime.fromtimestamp(at / 1000, UTC)
    return found
