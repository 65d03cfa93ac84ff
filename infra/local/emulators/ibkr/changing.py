"""New terms for an order that works, by its whole ticket (wire, 10)."""

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.changes import Change
from infra.local.emulators.brokerage.orders import BUYING, Order, OrderType
from infra.local.emulators.brokerage.refusals import FinalizedOrder, UnauthorizedAccount
from infra.local.emulators.ibkr.asked import Body, read_body
from infra.local.emulators.ibkr.bodies import duration_of, is_purchase, price_of, quantity_of, type_of
from infra.local.emulators.ibkr.contracts import Contracts, Shown
from infra.local.emulators.ibkr.problems import ApiRefusal, cannot_cancel
from infra.local.emulators.ibkr.views import status_of
from infra.local.emulators.serving.exchange import EmulatorRequest


def changed(
    request: EmulatorRequest, broker: Broker, account: Account, order_id: int, contracts: Contracts
) -> list[Shown]:
    """Give an order its new terms; contract, side and quantity stay. Raises Refusal."""
    try:
        order = broker.find(account, order_id)
        broker.modify(account, order_id, read_change(read_body(request.body), order, contracts))
    except (FinalizedOrder, UnauthorizedAccount) as error:
        raise cannot_cancel(order_id) from error
    return [{"order_id": str(order_id), "order_status": status_of(order), "encrypt_message": "1"}]


def read_change(given: Body, order: Order, contracts: Contracts) -> Change:
    """Read the whole ticket of an order that works, with new terms. Raises ApiRefusal.

    Another quantity is documented, too, and refused here: the books know an order's quantity for good.
    """
    kind = type_of(given)
    same = (contracts.conid(order.instrument), order.side in BUYING, order.quantity)
    if (given.get("conid"), is_purchase(given), quantity_of(given)) != same:
        raise ApiRefusal(400, "Contract, side and quantity of an order cannot be changed")
    return Change(
        order_type=kind,
        duration=duration_of(given),
        price=None if kind in {OrderType.MARKET, OrderType.STOP} else price_of(given, "price"),
        stop=price_of(given, "price" if kind is OrderType.STOP else "auxPrice"),
    )
