"""What a brokerage session shows of an account's orders and executions (wire/ibkr.md, 7 and 10)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from chalicelib.brokers.ibkr.answers import parsed
from chalicelib.brokers.ibkr.executions import Executions, parse_executions
from chalicelib.brokers.ibkr.names import STOP, TARGET, OrderName, Reference
from chalicelib.brokers.ibkr.parse import rows_of
from chalicelib.brokers.ibkr.parse_orders import wants_executions
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.brokers.ibkr.shown_orders import ShownOrder, read_listed, read_single
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import BudgetSpent, OutcomeUnknown, RateLimited
from chalicelib.vendors.wire import as_node

_LOOKS: Final = 3
_LOOK_AGAIN_SECONDS: Final = 1.0
#: Executions are kept for so long (wire, 10).
_DAYS_OF_TRADES: Final = "7"


class SessionOrders:
    """Orders and executions of one account within its session. Every call raises VendorError."""

    def __init__(self, session: BrokerageSession, account_id: str, clock: Clock) -> None:
        self._session = session
        self._account_id = account_id
        self._clock = clock

    def shown(self, name: OrderName, urgency: Urgency) -> list[ShownOrder]:
        """Read the orders of an id, one by one."""
        references: Sequence[str | None] = [name.reference]
        if len(name.numbers) > 1:
            tag = name.reference or ""
            references = [str(Reference(tag=tag, parts=part)) for part in (TARGET, STOP)]
        found = []
        for number, reference in zip(name.numbers, references, strict=True):
            path = f"/iserver/account/order/status/{number}"
            body = self._session.get(path, urgency=urgency, about_order=True)
            found.append(parsed(_single(reference), body))
        return found

    def listed(self, urgency: Urgency) -> tuple[list[ShownOrder], datetime]:
        """Read the list, and when; the first look within a session shows nothing, and says so (wire, 7)."""
        path = "/iserver/account/orders"
        with self._session.paced("orders", urgency):
            for _ in range(_LOOKS):
                read_at = self._clock.now()
                body = self._session.get(path, urgency=urgency)
                node = parsed(lambda answer: as_node(answer, "the order list"), body)
                if node.get("snapshot") is True:
                    rows = parsed(lambda answer: rows_of(answer.get("orders"), "orders"), node)
                    own = [row for row in rows if row.get("acct", self._account_id) == self._account_id]
                    return parsed(lambda listed: [read_listed(row) for row in listed], own), read_at
                self._clock.sleep(_LOOK_AGAIN_SECONDS)
        raise OutcomeUnknown("Interactive Brokers' order list is not ready")

    def executions_of(self, shown: Sequence[ShownOrder], urgency: Urgency) -> Executions | None:
        """Read executions where legs need them; where their pace forbids it, prices come later."""
        if not wants_executions(shown):
            return None
        try:
            return self.executions(urgency)
        except (BudgetSpent, RateLimited):
            return None

    def executions(self, urgency: Urgency) -> Executions:
        """Read what executed within seven days."""
        path = "/iserver/account/trades"
        with self._session.paced("trades", urgency):
            body = self._session.get(path, {"days": _DAYS_OF_TRADES}, urgency=urgency)
        return parsed(parse_executions, body)


def _single(reference: str | None) -> Callable[[object], ShownOrder]:
    return lambda body: read_single(as_node(body, "an order"), reference)
