"""PaperCoins: our own exchange of coins, an outside party with books beside the paper broker's (C-05).

An order at market takes the price of its moment; what rests meets closed minutes, which a job reads once for
everybody and hands in. Liquidity is unlimited, money is USDT.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT, CoinAccount
from chalicelib.brokers.coins.capabilities import PAPER_COINS
from chalicelib.brokers.coins.execution import free_balance
from chalicelib.brokers.coins.feed import CoinFeed
from chalicelib.brokers.coins.intake import Intake
from chalicelib.brokers.coins.meeting import Met, Venue
from chalicelib.brokers.errors import AlreadyFinal, Refused, UnknownOrder, Unsupported
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
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder, shown
from chalicelib.brokers.paper.matching import cancel_orders
from chalicelib.domain.coins.minutes import Minutes
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.store.database import Database
from chalicelib.vendors.budget import Urgency

STILL_AT_WORK: Final = "positions or orders of the account are still open"


class PaperCoins:
    """The broker interface over the paper account of coins of one user. Every call raises VendorError."""

    def __init__(
        self,
        database: Database,
        username: str,
        *,
        feed: CoinFeed,
        clock: Clock,
        randomness: Randomness,
        protects_from: datetime | None = None,
    ) -> None:
        """`protects_from`: while minutes are made up for, what closes is placed as of this instant."""
        self._feed = feed
        self._protects_from = protects_from
        self._account = CoinAccount(
            database, username, clock=clock, randomness=randomness, source=feed.source
        )

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this exchange can do."""
        return PAPER_COINS

    def check_room_to_place(self) -> None:
        """Take any number of orders: its books are our own."""

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:  # noqa: ARG002
        """Take one order, and fill it at once where it is at market or its limit is reached."""
        if request.type is OrderType.MARKET and request.duration is not Duration.DAY:
            raise Unsupported("market orders are for the day only")
        price = self._feed.price(request.symbol)

        def take(ledger: Ledger, venue: Venue) -> Placed:
            row = self._intake(venue, request.symbol, price).order(ledger, request)
            ledger.orders[row.id] = row
            venue.arrive(ledger, row, price)
            return Placed(broker_order_id=str(row.id))

        return self._account.move(take)

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:  # noqa: ARG002
        """Refuse: a coin is traded alone."""
        raise Unsupported("coins are not traded in combined orders")

    def place_oco(self, request: OcoRequest) -> Placed:
        """Take a stop and a target that cancel each other."""
        price = self._feed.price(request.symbol)

        def take(ledger: Ledger, venue: Venue) -> Placed:
            rows = self._intake(venue, request.symbol, price).oco(ledger, request)
            for row in rows:
                ledger.orders[row.id] = row
            return Placed(broker_order_id=str(rows[0].id))

        return self._account.move(take)

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:  # noqa: ARG002
        """Read one order, an OCO with its orders; raises UnknownOrder when the books have none."""
        order_id = _order_id(broker_order_id)
        return self._account.move(
            lambda ledger, _venue: shown(ledger, _known(ledger, order_id)), order_id=order_id
        )

    def list_orders(self) -> OrderList:
        """Read the live orders and all of this New York day, or of the one that is made up for."""

        def show(ledger: Ledger, venue: Venue) -> OrderList:
            orders = (order for order in ledger.orders.values() if order.parent_id is None)
            return OrderList(orders=tuple(shown(ledger, order) for order in orders), read_at=venue.now)

        return self._account.move(show, since=self._protects_from)

    def cancel(self, broker_order_id: str) -> None:
        """End an order or an OCO; raises AlreadyFinal or UnknownOrder."""
        order_id = _order_id(broker_order_id)

        def end(ledger: Ledger, venue: Venue) -> None:
            order = _known(ledger, order_id)
            if not order.is_live:
                raise AlreadyFinal(f"order already in finalized state: {order.status.value.lower()}")
            cancel_orders(ledger, order, venue.now)

        self._account.move(end, order_id=order_id)

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:  # noqa: ARG002
        """Tell nothing: in these books nobody sells but by the orders that they list."""
        return ()

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds."""

        def show(ledger: Ledger, _venue: Venue) -> tuple[Position, ...]:
            return tuple(
                Position(symbol=held.symbol, quantity=held.quantity, cost_basis=held.cost_basis)
                for held in ledger.holdings.values()
            )

        return self._account.move(show)

    def balance(self) -> Balance:
        """Read the account's USDT; positions count at the last minute's close."""

        def show(ledger: Ledger, _venue: Venue) -> Balance:
            return Balance(equity=ledger.equity(), cash=ledger.cash, buying_power=free_balance(ledger))

        return self._account.move(show)

    def test_connection(self) -> ConnectionReport:
        """Say that the account is there, opening it the first time."""
        self._account.move(lambda _ledger, _venue: None)
        return ConnectionReport(
            ok=True,
            account_id=self._account.account_id,
            account_type="paper",
            status="active",
            options_level=None,
            reason=None,
        )

    def meet(self, minutes: Minutes) -> Met:
        """Let what rests live through closed minutes, up to the next in which an entry filled."""
        began_at = min((of_coin[0].starts_at for of_coin in minutes.values() if of_coin), default=None)
        return self._account.move(lambda ledger, venue: venue.meet(ledger, minutes), since=began_at)

    def start_anew(self, keep: Callable[[Connection, Balance], None]) -> Balance:
        """Set the account back to its first USDT; returns what it had. Raises Refused while it is at work.

        `keep` keeps that in the record, in the same transaction.
        """

        def restart(ledger: Ledger, _venue: Venue) -> Balance:
            if ledger.holdings or ledger.live():
                raise Refused(STILL_AT_WORK)
            before = Balance(equity=ledger.cash, cash=ledger.cash, buying_power=ledger.cash)
            ledger.cash = STARTING_USDT
            return before

        return self._account.move(restart, also=keep)

    def _intake(self, venue: Venue, symbol: str, price: CoinPrice | None) -> Intake:
        return Intake(
            now=venue.now,
            price=price,
            filters=venue.terms_of(symbol).filters,
            new_id=venue.new_id,
            protects_from=self._protects_from,
        )


def _known(ledger: Ledger, order_id: UUID) -> PaperOrder:
    order = ledger.orders.get(order_id)
    if order is None:
        raise UnknownOrder("The paper exchange has no such order")
    return order


def _order_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UnknownOrder("The paper exchange has no such order") from error
