"""BinanceBroker: one account at Binance, testnet or live; each method is build, call, parse (C-06)."""

from collections.abc import Callable, Iterable
from datetime import date

from chalicelib.brokers.binance.account import (
    balance_of,
    parse_holdings,
    parse_prices,
    positions_of,
    report_of,
)
from chalicelib.brokers.binance.answers import Duplicate, NotOpen
from chalicelib.brokers.binance.capabilities import BINANCE
from chalicelib.brokers.binance.client import BinanceTrading
from chalicelib.brokers.binance.ids import WHOLE, OrderName, client_id
from chalicelib.brokers.binance.memory import ExchangeMemory
from chalicelib.brokers.binance.parse import (
    QUOTE,
    join_lists,
    parent_of,
)
from chalicelib.brokers.binance.payloads import must_whole
from chalicelib.brokers.binance.reading import OrderReading, understood
from chalicelib.brokers.binance.rules import oco_params, order_params
from chalicelib.brokers.errors import AlreadyFinal, UnknownOrder, Unsupported
from chalicelib.brokers.interface import (
    Balance,
    BrokerOrder,
    Capabilities,
    CombinedRequest,
    ConnectionReport,
    OcoRequest,
    OrderList,
    OrderRequest,
    PastSale,
    Placed,
    Position,
)
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorError
from chalicelib.vendors.wire import as_node

_ORDER, _LIST, _OCO = "/order", "/orderList", "/orderList/oco"


class BinanceBroker:
    """The broker interface over Binance's spot API. Every call raises VendorError.

    `symbols` tells the pairs whose orders are to be listed: the exchange lists them pair by pair.
    """

    def __init__(
        self,
        client: BinanceTrading,
        account_id: str,
        *,
        memory: ExchangeMemory,
        clock: Clock,
        symbols: Callable[[], Iterable[str]],
    ) -> None:
        self._client = client
        self._account_id = account_id
        self._clock = clock
        self._symbols = symbols
        self._orders = OrderReading(client, memory, clock)

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this exchange can do."""
        return BINANCE[self._client.environment.mode]

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._client.check_room_to_place()

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send one order, once; one whose answer was lost is looked for by our own id."""
        rules = self._orders.rules(request.symbol, urgency)
        params = order_params(request, rules)
        return self._placed(_ORDER, params, client_id(request.tag), rules.symbol, urgency)

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:  # noqa: ARG002
        """Refuse: a coin is traded alone."""
        raise Unsupported("coins are not traded in combined orders")

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target that cancel each other, once; protection may use the last calls."""
        rules = self._orders.rules(request.symbol, Urgency.EXIT)
        params = oco_params(request, rules)
        return self._placed(_OCO, params, client_id(request.tag, WHOLE), rules.symbol, Urgency.EXIT)

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO; raises UnknownOrder when the exchange has none."""
        name = self._name(broker_order_id)
        if not name.is_list:
            return self._orders.with_fees(name.symbol, [self._orders.read(name, urgency)], urgency)[0].order
        members = [self._orders.read(one, urgency) for one in self._orders.members(name, urgency)]
        return parent_of(name.number, self._orders.with_fees(name.symbol, members, urgency))

    def list_orders(self) -> OrderList:
        """Read what is open and what moved lately, of every pair that is at work, or raise."""
        read_at = self._clock.now()
        found: list[BrokerOrder] = []
        for symbol in sorted(set(self._symbols())):
            found += join_lists(self._orders.of_symbol(symbol, read_at))
        return OrderList(orders=tuple(found), read_at=read_at)

    def cancel(self, broker_order_id: str) -> None:
        """End an order or an OCO; raises AlreadyFinal or UnknownOrder."""
        name = self._name(broker_order_id)
        key = "orderListId" if name.is_list else "orderId"
        path = _LIST if name.is_list else _ORDER
        params = {"symbol": name.symbol, key: str(name.number)}
        try:
            self._client.delete(path, params, urgency=Urgency.EXIT)
        except NotOpen:
            shown = self.read_order(broker_order_id, urgency=Urgency.EXIT)
            raise AlreadyFinal(f"order already in finalized state: {shown.status.value.lower()}") from None

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds, as pairs against USDT; whose it is, it does not say."""
        return positions_of(understood(parse_holdings, self._account(Urgency.ORDER)))

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:  # noqa: ARG002
        """Tell nothing: what was sold lately stands in the list, whoever sold it."""
        return ()

    def balance(self) -> Balance:
        """Read the account's money; what it holds beside USDT counts at the last price."""
        holdings = understood(parse_holdings, self._account(Urgency.BROWSING))
        if set(holdings) <= {QUOTE}:
            return balance_of(holdings, {})
        body = self._client.public("/ticker/price", {}, weight=4, urgency=Urgency.BROWSING)
        return balance_of(holdings, understood(parse_prices, body))

    def test_connection(self) -> ConnectionReport:
        """Ask whose key this is; one that is not known is a report, not an error."""
        try:
            body = self._account(Urgency.BROWSING)
        except AuthenticationFailed as refused:
            return ConnectionReport(
                ok=False,
                account_id=self._account_id or None,
                account_type=None,
                status=None,
                options_level=None,
                reason=refused.reason,
            )
        return understood(lambda account: report_of(account, self._account_id or None), body)

    # Within.

    def _account(self, urgency: Urgency) -> object:
        return self._client.get("/account", {"omitZeroBalances": "true"}, weight=20, urgency=urgency)

    def _placed(
        self, path: str, params: dict[str, str], own_id: str, symbol: str, urgency: Urgency
    ) -> Placed:
        key = "orderListId" if path == _OCO else "orderId"
        try:
            body: object = self._client.place(path, params, urgency=urgency)
        except (OutcomeUnknown, Duplicate) as error:
            body = self._look_for(path, own_id, symbol, error)
        number = understood(lambda answer: must_whole(as_node(answer, "the answer"), key), body)
        return Placed(broker_order_id=str(OrderName(symbol=symbol, number=number, is_list=path == _OCO)))

    def _look_for(self, path: str, own_id: str, symbol: str, error: VendorError) -> object:
        """Look for an order whose answer was lost by our own id; not to be found says nothing yet."""
        try:
            if path == _OCO:
                return self._client.get(_LIST, {"origClientOrderId": own_id}, weight=4, urgency=Urgency.EXIT)
            asked = {"symbol": symbol, "origClientOrderId": own_id}
            return self._client.get(_ORDER, asked, weight=4, urgency=Urgency.EXIT)
        except VendorError:
            if isinstance(error, Duplicate):
                raise OutcomeUnknown("Binance says that it has this order, and does not show it") from error
            raise error from None

    def _name(self, broker_order_id: str) -> OrderName:
        name = OrderName.parse(broker_order_id)
        if name is None:
            raise UnknownOrder("Binance's orders are named by pair and number")
        return name
