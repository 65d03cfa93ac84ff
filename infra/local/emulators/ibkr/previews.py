"""What Interactive Brokers says an order would cost, without taking it (wire, 10; documented sample)."""

from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.buying_power import cost_of
from infra.local.emulators.brokerage.orders import BUYING, SHARES_PER_CONTRACT, ZERO, OrderType
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.ibkr.account_views import money
from infra.local.emulators.ibkr.asked import read_body
from infra.local.emulators.ibkr.bodies import NewOrder, read_orders, tickets_of
from infra.local.emulators.ibkr.contracts import Contracts, Shown
from infra.local.emulators.ibkr.problems import sentence_of
from infra.local.emulators.ibkr.sessions import Session
from infra.local.emulators.serving.exchange import EmulatorRequest

#: As documented; who asked for the contract's snapshot before is not told so.
_BLIND: Final = (
    "21/You are trying to submit an order without having market data for this instrument. \n"
    "IB strongly recommends against this kind of blind trading which may result in \n"
    "erroneous or unexpected trades."
)


def previewed(
    request: EmulatorRequest,
    standing: Standing,
    session: Session,
    contracts: Contracts,
    oco_distance: Decimal,
) -> Shown:
    """Say what the orders of a body would cost; nothing is asked, and nothing taken. Raises Refusal."""
    order = read_orders(read_body(request.body), standing, contracts)
    return preview(order, standing, session, contracts, oco_distance=oco_distance)


def preview(
    order: NewOrder, standing: Standing, session: Session, contracts: Contracts, *, oco_distance: Decimal
) -> Shown:
    """Return amounts, equity, margins and position before and after: texts, with commas and currency.

    What speaks against the order stands in `error`, with status 200.
    """
    form, tickets, known = order.form, tickets_of(order.form), money(standing)
    first = tickets[0]
    symbol, is_option = first.option_symbol or first.symbol, first.option_symbol is not None
    amount = sum((_worth(one, standing) for one in _entering(form)), ZERO)
    fees = sum((_fees(one, standing) for one in _entering(form)), ZERO)
    margin, more = known["initmarginreq"], max(cost_of(form, standing) - amount - fees, ZERO)
    moved = first.quantity if first.side in BUYING else -first.quantity
    held = standing.account.held(symbol)
    quoted = all(contracts.conid(one.option_symbol or one.symbol) in session.quoted for one in tickets)
    return {
        "amount": {
            "amount": f"{amount:,.2f} USD ({first.quantity} {'Contracts' if is_option else 'Shares'})",
            "commission": f"{fees.normalize():f} USD",
            "total": f"{amount + fees:,.2f} USD",
        },
        "equity": _moved(known["netliquidation"], -fees),
        "initial": _moved(margin, more),
        "maintenance": _moved(margin, more),
        "position": _moved(Decimal(held), Decimal(moved)),
        "warn": None if quoted else _BLIND,
        "error": _error(form, standing, oco_distance),
    }


def _entering(form: OrderForm) -> tuple[Ticket, ...]:
    """Return what fills first: legs of one order together, the first of several orders alone."""
    return form.legs if form.head is not None and form.legs else (tickets_of(form)[0],)


def _worth(ticket: Ticket, standing: Standing) -> Decimal:
    """Return what a ticket costs, below 0 what it brings: at its price, else at the market."""
    symbol = ticket.option_symbol or ticket.symbol
    bid, ask = (Decimal(str(round(side, 4))) for side in standing.feed.touch(symbol))
    buys = ticket.side in BUYING
    at_market = ask if buys else bid
    is_alone = ticket.order_type in {OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT}
    price = (ticket.price or ticket.stop or at_market) if is_alone else at_market
    units = ticket.quantity * (SHARES_PER_CONTRACT if ticket.option_symbol is not None else 1)
    return price * units if buys else -price * units


def _fees(ticket: Ticket, standing: Standing) -> Decimal:
    return standing.account.fees(ticket.option_symbol or ticket.symbol, ticket.quantity)


def _moved(current: Decimal, change: Decimal) -> dict[str, str]:
    return {
        "current": f"{current:,.0f}",
        "change": f"{change:,.0f}",
        "after": f"{current + change:,.0f}",
    }


def _error(form: OrderForm, standing: Standing, oco_distance: Decimal) -> str | None:
    try:
        check(form, standing, oco_distance=oco_distance, nets=True)
    except Refusal as refusal:
        return sentence_of(refusal)
    return None
