"""Reading an order back and booking what the broker says of it, in one transaction with the next look."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.market_seen import UNREADABLE
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked, ahead_of_news, book_news
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots
from chalicelib.services.lifecycle.match_orders import news_of
from chalicelib.services.lifecycle.stood import Stood, look_at
from chalicelib.store.trades.orders import load_orders
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorError


class OrderReader:
    """Reads orders of one account; `last_error` is what its line last failed with."""

    def __init__(self, keeper: AccountKeeper, calendar: MarketCalendar) -> None:
        self._keeper = keeper
        self._calendar = calendar
        self._snapshots = EdgeSnapshots(keeper)
        self.last_error: VendorError | None = None

    def read_and_book(self, trade_id: UUID, broker_order_id: str, urgency: Urgency) -> Stood | None:
        """Read one order or OCO by the broker's id and book what it says; None when it could not be read.

        Returns where the trade then stands, read in the same transaction.
        """
        try:
            shown = self._keeper.broker.read_order(broker_order_id, urgency=urgency)
        except VendorError as error:
            # Whatever is unknown now is sync's to find out; nothing is concluded from a failed read (I-06).
            self.last_error = error
            return None

        def book(connection: Connection) -> tuple[Booked, Stood]:
            ahead_of_news(connection, trade_id)
            ours = load_orders(connection, [trade_id]).get(trade_id, ())
            news = [
                (order.id, found)
                for order in ours
                if not order.is_ended and (found := news_of(order, [shown])) is not None
            ]
            booked = book_news(self._keeper.env, connection, trade_id, news)
            (stood,) = look_at(self._keeper.env, connection, self._calendar, [trade_id])
            return booked, stood

        booked, stood = self._keeper.write(book)
        seen = self._snapshots.after(booked)
        # What a snapshot saw just now is the next step's look at the market; what it could not see is not.
        return replace(stood, market=None if seen == UNREADABLE else seen)
