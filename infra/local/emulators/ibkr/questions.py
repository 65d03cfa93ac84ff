"""What the vendor asks before it takes an order (wire, 10), and the question that is open."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from infra.local.emulators.brokerage.net_prices import NET
from infra.local.emulators.brokerage.orders import BUYING, OrderType
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.ibkr.bodies import NewOrder, tickets_of
from infra.local.emulators.ibkr.sessions import Session
from infra.local.emulators.market.sessions import open_session
from infra.local.emulators.serving.faults import Fault

#: A limit so far from the market is asked about.
_FAR: Final = Decimal("0.03")
_NAMESPACE: Final = UUID("2b0f8f8e-5d0e-4f0c-9a40-1d9c65a6f7a1")
_STOP: Final = (
    "You are about to submit a stop order. Please be aware of the various stop order types available and the"
    " risks associated with each one.\nAre you sure you want to submit this order?"
)
#: The first sentences of these two are those that ibind, a client in daily use, knows them by.
_MARKET: Final = (
    "A Market Order is an instruction to trade your order at any available price."
    "\nAre you sure you want to submit this order?"
)
_AT_ONCE: Final = (
    "This order will most likely trigger and fill immediately.\nAre you sure you want to submit this order?"
)


@dataclass(slots=True, kw_only=True)
class Asked:
    """An order that waits for answers; it is void once anything else is asked for."""

    question_id: str
    account_id: str
    order: NewOrder
    left: list[tuple[str, str]]
    fault: Fault | None
    confirmed: set[str] = field(default_factory=set)

    def shown(self) -> list[dict[str, object]]:
        """Return the question that comes next."""
        message_id, text = self.left[0]
        return [
            {
                "id": self.question_id,
                "message": [text],
                "isSuppressed": False,
                "messageIds": [message_id],
            }
        ]


def question_id(number: int) -> str:
    """Return the id of the question of a number."""
    return str(uuid5(_NAMESPACE, str(number)))


def questions_about(order: NewOrder, standing: Standing, session: Session) -> list[tuple[str, str]]:
    """Return what is asked about an order: message id and text, but for those that are suppressed."""
    found: dict[str, str] = {}
    form = order.form
    if form.order_class in NET and form.head is not None:
        if form.head.order_type is OrderType.MARKET:
            found["o10151"] = _MARKET
    else:
        for ticket in tickets_of(form):
            found |= _of_ticket(ticket, standing)
    return [(key, text) for key, text in found.items() if key not in session.suppressed]


def passes_the_market(form: OrderForm, standing: Standing) -> bool:
    """Say whether a stop of a form would trigger at once."""
    return any("o403" in _of_ticket(ticket, standing) for ticket in tickets_of(form))


def _of_ticket(ticket: Ticket, standing: Standing) -> dict[str, str]:
    symbol = ticket.option_symbol or ticket.symbol
    bid, ask = (Decimal(str(round(side, 4))) for side in standing.feed.touch(symbol))
    match ticket.order_type:
        case OrderType.MARKET:
            return {"o10151": _MARKET}
        case OrderType.STOP | OrderType.STOP_LIMIT if ticket.stop is not None:
            buys = ticket.side in BUYING
            is_through = ticket.stop <= ask if buys else ticket.stop >= bid
            if is_through and open_session(standing.now) is not None:
                return {"o10331": _STOP, "o403": _AT_ONCE}
            return {"o10331": _STOP}
        case OrderType.LIMIT if ticket.price is not None and bid > 0 and ask > 0:
            middle = (bid + ask) / 2
            if abs(ticket.price - middle) / middle > _FAR:
                word = "BUY" if ticket.side in BUYING else "SELL"
                text = (
                    f'The following order "{word} {ticket.quantity} {symbol} @ {ticket.price}" price exceeds'
                    " \nthe Percentage constraint of 3%.\nAre you sure you want to submit this order?"
                )
                return {"o163": text}
    return {}
