"""IbkrBroker: one account at Interactive Brokers; each method is build, call, parse."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from chalicelib.brokers.checks import (
    NO_MARKET_ORDERS,
    MarketOrders,
    check_combined,
    check_market,
    check_oco,
    check_order,
)
from chalicelib.brokers.errors import AlreadyFinal, Refused, UnknownOrder
from chalicelib.brokers.ibkr.answers import parsed
from chalicelib.brokers.ibkr.capabilities import IBKR, OCO_DISTANCE_MIN
from chalicelib.brokers.ibkr.contracts import Contracts
from chalicelib.brokers.ibkr.environment import is_account_of
from chalicelib.brokers.ibkr.held import check_held, closings_of, spoken_for
from chalicelib.brokers.ibkr.names import OrderName
from chalicelib.brokers.ibkr.parse import (
    OTHER_MONEY,
    PAGE_ROWS,
    named_contracts,
    not_accepted,
    parse_accounts,
    parse_balance,
    parse_positions,
    rows_of,
    unnamed_conids,
)
from chalicelib.brokers.ibkr.parse_orders import (
    conids_of,
    past_order,
    to_oco,
    to_order,
    to_orders,
)
from chalicelib.brokers.ibkr.placing import send_orders
from chalicelib.brokers.ibkr.rules import combined_document, oco_documents, order_document
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.brokers.ibkr.session_orders import SessionOrders
from chalicelib.brokers.ibkr.shared import KnownContracts
from chalicelib.brokers.ibkr.shown_orders import ShownOrder
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
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import (
    AuthenticationFailed,
    OutcomeUnknown,
    VendorError,
)
from chalicelib.vendors.wire import Node

PAGES_MAX: Final = 40


class IbkrBroker:
    """The broker interface over Interactive Brokers' Web API. Every call raises VendorError."""

    def __init__(
        self,
        mode: BrokerMode,
        session: BrokerageSession,
        account_id: str,
        *,
        known: KnownContracts,
        clock: Clock,
        market_orders: MarketOrders = NO_MARKET_ORDERS,
    ) -> None:
        self._session = session
        self._account_id = account_id
        self._contracts = Contracts(session, known)
        self._orders = SessionOrders(session, account_id, clock)
        self._market_orders = market_orders
        self._mode = mode
        self._capabilities = IBKR[mode]

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this broker can do."""
        return self._capabilities

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._session.check_room(Urgency.ORDER)

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send one order, once."""
        check_market(request, self._market_orders)
        check_order(request)
        conid = self._contracts.conid(request.symbol, request.underlying, urgency)
        self._check_held(request, urgency)
        document, reference = order_document(request, self._account(), conid)
        (number,) = send_orders(self._session, self._orders_path(), [document], urgency)
        return Placed(broker_order_id=str(OrderName(numbers=(number,), reference=str(reference))))

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send several legs as one order, taken whole or not, once."""
        check_market(request, self._market_orders)
        check_combined(request)
        conids = {
            leg.symbol: self._contracts.conid(leg.symbol, request.underlying, urgency) for leg in request.legs
        }
        self._check_held(request, urgency)
        document, reference = combined_document(request, self._account(), conids.__getitem__)
        (number,) = send_orders(self._session, self._orders_path(), [document], urgency)
        return Placed(broker_order_id=str(OrderName(numbers=(number,), reference=str(reference))))

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target as one group, once; protection is an exit and may use the last calls."""
        urgency = Urgency.EXIT
        check_oco(request, OCO_DISTANCE_MIN)
        conid = self._contracts.conid(request.symbol, request.underlying, urgency)
        self._check_held(request, urgency)
        documents = oco_documents(request, self._account(), conid)
        numbers = send_orders(self._session, self._orders_path(), documents, urgency)
        return Placed(broker_order_id=str(OrderName(numbers=tuple(numbers), reference=request.tag)))

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO; raises UnknownOrder when neither list nor executions show it."""
        name = _named(broker_order_id)
        try:
            shown = self._orders.shown(name, urgency)
        except UnknownOrder:
            if len(name.numbers) > 1 or name.reference is None:
                raise
            return self._past_order(name, urgency)
        symbol_of = self._contracts.symbols(conids_of(shown))
        if len(shown) > 1:
            return to_oco(shown, symbol_of)
        return to_order(shown[0], symbol_of, self._orders.executions_of(shown, urgency))

    def list_orders(self) -> OrderList:
        """Read what works and what the session brought, or raise."""
        shown, read_at = self._orders.listed(Urgency.ORDER)
        self._name_lost(shown)
        symbol_of = self._contracts.symbols(conids_of(shown))
        executions = self._orders.executions_of(shown, Urgency.ORDER)
        return OrderList(orders=to_orders(shown, symbol_of, executions), read_at=read_at)

    def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel; raises AlreadyFinal or UnknownOrder. The verdict is what reading then shows.

        Of an OCO both halves are cancelled: the vendor may have ended the second with the first.
        """
        name = _named(broker_order_id)
        refused: list[Refused] = []
        for number in name.numbers:
            try:
                self._session.delete(
                    f"{self._orders_path().removesuffix('s')}/{number}", urgency=Urgency.EXIT
                )
            except Refused as error:
                refused.append(error)
        if len(refused) == len(name.numbers):
            order = self.read_order(broker_order_id, urgency=Urgency.EXIT)
            raise AlreadyFinal(f"{refused[0].reason}: {order.status.value.lower()}") from refused[0]

    def positions(self) -> tuple[Position, ...]:
        """Read every page of what the account holds, anew."""
        return self._positions(Urgency.ORDER)

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:
        """Return nothing: executions are not read for others' sales, which the capabilities say."""
        del symbol, since
        return ()

    def balance(self) -> Balance:
        """Read the account's money."""
        path = f"/portfolio/{self._account()}/summary"
        self._session.know_accounts(Urgency.BROWSING)
        return parsed(parse_balance, self._session.get(path, urgency=Urgency.BROWSING))

    def test_connection(self) -> ConnectionReport:
        """Ask whose access token this is; one that is not known is a report, not an error."""
        try:
            body = self._session.get("/portfolio/accounts", urgency=Urgency.BROWSING)
        except AuthenticationFailed as refused:
            return not_accepted(self._account_id or None, refused.reason)
        return parsed(lambda accounts: parse_accounts(accounts, self._account_id, self._mode), body)

    def _account(self) -> str:
        """Return the account that calls are for: nothing is ever sent to one of the other kind of money."""
        if not is_account_of(self._account_id, self._mode):
            raise AuthenticationFailed(OTHER_MONEY[self._mode])
        return self._account_id

    def _orders_path(self) -> str:
        return f"/iserver/account/{self._account()}/orders"

    def _check_held(self, request: OrderRequest | OcoRequest | CombinedRequest, urgency: Urgency) -> None:
        """Refuse what would open instead of closing. What cannot be looked at never holds up an exit.

        Positions are read last: orders are told once in five seconds, in which what is held may be sold.
        """
        wanted = closings_of(request)
        if not wanted:
            return
        try:
            shown, _ = self._orders.listed(urgency)
            held = self._positions(urgency)
        except VendorError:
            return
        check_held(wanted, held, spoken_for(shown, self._contracts.symbols(conids_of(shown))))

    def _name_lost(self, shown: Sequence[ShownOrder]) -> None:
        """Name what our own working orders are over by what is held, where their numbers are not known here.

        A database that went back has lost them, and what protects a position has to be known as such (I-33).
        """
        ours = [one for one in shown if one.reference is not None and one.is_live]
        if not self._contracts.are_known(conids_of(ours)):
            rows = _position_rows(self._session, self._account(), Urgency.ORDER)
            self._contracts.learn(parsed(named_contracts, rows))

    def _past_order(self, name: OrderName, urgency: Urgency) -> BrokerOrder:
        """Read an order that the session does not show by what it executed."""
        legs = self._orders.executions(urgency).get(name.reference or "", {})
        return past_order(name, legs, self._contracts.symbols(list(legs)))

    def _positions(self, urgency: Urgency) -> tuple[Position, ...]:
        rows = _position_rows(self._session, self._account(), urgency)
        if not rows:  # nobody may have asked for the accounts within this session, and then there is nothing
            self._session.know_accounts(urgency)
            rows = _position_rows(self._session, self._account(), urgency)
        symbol_of = self._contracts.symbols(parsed(unnamed_conids, rows))
        return parsed(lambda pages: parse_positions(pages, symbol_of), rows)


def _position_rows(session: BrokerageSession, account_id: str, urgency: Urgency) -> list[Node]:
    """Read every page of an account's positions, anew."""
    room = f"/portfolio/{account_id}/positions"
    session.post(f"{room}/invalidate", {}, urgency=urgency)
    rows: list[Node] = []
    for page in range(PAGES_MAX):
        body = session.get(f"{room}/{page}", urgency=urgency)
        found = parsed(lambda answer: rows_of(answer, "positions"), body)
        rows += found
        if len(found) < PAGE_ROWS:
            return rows
    raise OutcomeUnknown("Interactive Brokers' positions have no end")


def _named(broker_order_id: str) -> OrderName:
    name = OrderName.parse(broker_order_id)
    if name is None:
        raise UnknownOrder("Interactive Brokers' order ids are numbers")
    return name
