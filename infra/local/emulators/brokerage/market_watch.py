"""Working orders before the market's quotes: those that stand on arrival, and those of the time gone by."""

from datetime import datetime

from infra.local.emulators.brokerage.following import Follower
from infra.local.emulators.brokerage.order_book import OrderBook
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.quotes import Touches
from infra.local.emulators.market.sessions import open_session


class MarketWatch:
    """Shows the orders of a book what the feed quotes, and retires those that it ends."""

    def __init__(self, feed: Feed, book: OrderBook, follower: Follower) -> None:
        self._feed = feed
        self._book = book
        self._follower = follower

    def meet(self, order: Order, now: datetime) -> None:
        """Show a new or changed order the quotes that stand, in the session."""
        if open_session(now) is None:
            return
        shown: dict[str, Touches] = {
            leg.instrument: self._feed.standing(leg.instrument) for leg in order.trading_legs()
        }
        self._follow(order, shown)

    def follow_all(self, first: int, last: int) -> None:
        """Show all that works the quotes from one second of a session to another, both inclusive."""
        shown: dict[str, Touches] = {}
        for order in self._book.working():
            symbols = {leg.instrument for leg in order.trading_legs()}
            for symbol in symbols - shown.keys():
                quotes = self._feed.touches(symbol, first, last)
                if quotes is not None:
                    shown[symbol] = quotes
            if symbols <= shown.keys():
                self._follow(order, shown)

    def _follow(self, order: Order, shown: dict[str, Touches]) -> None:
        self._follower.follow(order, shown)
        self._book.retire(order)
