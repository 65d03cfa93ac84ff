"""PaperBroker: our own simulated broker, an outside party with books of its own in PostgreSQL.

It never shares the caller's transaction, and asks for quotes before it opens one of its own. Every writer
locks the account's row first; the transactions run at READ COMMITTED, so that whoever waited for the lock
sees what the other left instead of failing. Orders are matched whenever somebody asks, and by `match`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.checks import (
    NO_MARKET_ORDERS,
    MarketOrders,
    check_combined,
    check_market,
    check_oco,
    check_order,
)
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
from chalicelib.brokers.paper import admission
from chalicelib.brokers.paper.account import PaperAccount, Quotes
from chalicelib.brokers.paper.capabilities import OCO_DISTANCE_MIN, PAPER
from chalicelib.brokers.paper.clearing import PaperClearing
from chalicelib.brokers.paper.closing_prices import ClosingPrices
from chalicelib.brokers.paper.collateral import contract_of
from chalicelib.brokers.paper.feed import QuoteFeed
from chalicelib.brokers.paper.intake import Intake, leg_of, legs_of
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder, shown
from chalicelib.brokers.paper.matching import cancel_orders
from chalicelib.brokers.paper.quote_reading import QuoteReading
from chalicelib.brokers.paper.rules import FillTerms
from chalicelib.brokers.paper.settlement import settle_expired
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.store.database import Database
from chalicelib.vendors.budget import Urgency


class PaperBroker:
    """The broker interface over the paper books of one user. Every call raises VendorError."""

    def __init__(
        self,
        database: Database,
        username: str,
        *,
        feed: QuoteFeed,
        exit_feed: QuoteFeed | None = None,
        calendar: MarketCalendar,
        clock: Clock,
        randomness: Randomness,
        starting_cash: Decimal,
        terms: FillTerms | None = None,
        market_orders: MarketOrders = NO_MARKET_ORDERS,
    ) -> None:
        """`exit_feed` reads what exits and protection need, by calls that nothing else may take."""
        self._market_orders = market_orders
        self._closes = ClosingPrices(feed, calendar, clock)
        self._quotes = QuoteReading(feed, exit_feed or feed, calendar, clock)
        self._calendar = calendar
        self._account = PaperAccount(
            database,
            username,
            calendar=calendar,
            clock=clock,
            randomness=randomness,
            starting_cash=starting_cash,
            terms=terms or FillTerms(),
        )

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this broker can do."""
        return PAPER

    def check_room_to_place(self) -> None:
        """Take any number of orders: its books are our own. Quotes are counted where they are asked for."""

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Take one order and let it meet the quote of this moment."""
        check_market(request, self._market_orders)
        check_order(request)
        admission.check_ticks(
            request.underlying, request.symbol, price=request.limit_price, stop=request.stop_price
        )
        admission.check_kinds([leg_of(request)])
        return self._take(
            request,
            [request.symbol],
            urgency,
            lambda intake, ledger, quotes: [intake.order(ledger, request, quotes.get(request.symbol))],
        )

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Take several legs as one order and let it meet their quotes of this moment."""
        check_market(request, self._market_orders)
        check_combined(request)
        legs = legs_of(request)
        admission.check_kinds(legs)
        return self._take(
            request,
            [leg.symbol for leg in legs],
            urgency,
            lambda intake, ledger, _quotes: [intake.combined(ledger, request)],
        )

    def place_oco(self, request: OcoRequest) -> Placed:
        """Take a stop and a target that cancel each other."""
        check_oco(request, OCO_DISTANCE_MIN)
        admission.check_ticks(
            request.underlying, request.symbol, price=request.target_price, stop=request.stop_price
        )
        if not request.side.is_closing:
            raise Unsupported("an OCO protects what is held")
        return self._take(
            request,
            [request.symbol],
            Urgency.EXIT,
            lambda intake, ledger, quotes: intake.oco(ledger, request, quotes.get(request.symbol)),
        )

    def _take(
        self,
        request: OrderRequest | OcoRequest | CombinedRequest,
        symbols: Sequence[str],
        urgency: Urgency,
        rows_of: Callable[[Intake, Ledger, Quotes], list[PaperOrder]],
    ) -> Placed:
        """Store the rows of an order, the first being the one it is known by, and let it meet its quotes."""
        quotes = self._quotes.of(request.underlying, symbols, urgency)

        def take(ledger: Ledger, now: datetime) -> Placed:
            rows = rows_of(self._intake(now), ledger, quotes)
            for row in rows:
                ledger.orders[row.id] = row
            return Placed(broker_order_id=str(rows[0].id))

        return self._account.move(take, quotes)

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order, an OCO with its orders; raises UnknownOrder when the books have none."""
        order_id = _order_id(broker_order_id)
        quotes = self._quotes.of_working(self._account, order_id, urgency)

        def show(ledger: Ledger, _now: datetime) -> BrokerOrder:
            order = ledger.orders.get(order_id)
            if order is None:
                raise UnknownOrder("The paper broker has no such order")
            return shown(ledger, order)

        return self._account.move(show, quotes, order_id=order_id)

    def list_orders(self) -> OrderList:
        """Read the live orders and all of this New York day."""
        quotes = self._quotes.of_working(self._account, None, Urgency.ORDER)

        def show(ledger: Ledger, now: datetime) -> OrderList:
            orders = (order for order in ledger.orders.values() if order.parent_id is None)
            return OrderList(orders=tuple(shown(ledger, order) for order in orders), read_at=now)

        return self._account.move(show, quotes)

    def cancel(self, broker_order_id: str) -> None:
        """End an order or an OCO; raises AlreadyFinal or UnknownOrder."""
        order_id = _order_id(broker_order_id)

        def end(ledger: Ledger, now: datetime) -> None:
            order = ledger.orders.get(order_id)
            if order is None:
                raise UnknownOrder("The paper broker has no such order")
            if not order.is_live:
                raise AlreadyFinal(f"order already in finalized state: {order.status.value.lower()}")
            cancel_orders(ledger, order, now)

        self._account.move(end, {}, order_id=order_id)

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:  # noqa: ARG002
        """Tell nothing: in these books nobody sells but by the orders that they list."""
        return ()

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds; expired contracts are settled first."""
        closes = self._closes.of_expired(self._account)

        def show(ledger: Ledger, now: datetime) -> tuple[Position, ...]:
            settle_expired(ledger, closes, now)
            today = new_york_date(now)
            return tuple(
                Position(symbol=held.symbol, quantity=held.quantity, cost_basis=held.cost_basis)
                for held in ledger.holdings.values()
                if not _has_expired(held.symbol, today)
            )

        return self._account.move(show, {})

    def balance(self) -> Balance:
        """Read the account's money; holdings count at their last usable mark."""
        closes = self._closes.of_expired(self._account)

        def show(ledger: Ledger, now: datetime) -> Balance:
            settle_expired(ledger, closes, now)
            return Balance(
                equity=ledger.equity(),
                cash=ledger.cash,
                buying_power=ledger.free_cash(),
            )

        return self._account.move(show, {})

    def test_connection(self) -> ConnectionReport:
        """Say that the account is there, opening it the first time."""
        self._account.move(lambda _ledger, _now: None, {})
        return ConnectionReport(
            ok=True,
            account_id=self._account.account_id,
            account_type="paper",
            status="active",
            options_level=None,
            reason=None,
        )

    @property
    def clearing(self) -> PaperClearing:
        """Return what its clearing house can do to these books."""
        return PaperClearing(self._account)

    def match(self, quotes: Quotes) -> None:
        """Let working orders meet these quotes: for whoever reads quotes anyway (the snapshot job)."""
        self._account.move(lambda _ledger, _now: None, quotes)

    def _intake(self, now: datetime) -> Intake:
        return Intake(
            now=now,
            calendar=self._calendar,
            fill_rule=self._account.terms.name,
            new_id=lambda: self._account.new_id(now),
        )


def _has_expired(symbol: str, today: date) -> bool:
    contract = contract_of(symbol)
    return contract is not None and contract.expiry < today


def _order_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UnknownOrder("The paper broker has no such order") from error
