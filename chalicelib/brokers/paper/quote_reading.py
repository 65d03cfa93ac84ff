"""Which quotes a call of the paper broker reads, by whose calls; outside the session none."""

from collections.abc import Sequence
from uuid import UUID

from chalicelib.brokers.paper.account import PaperAccount, Quotes
from chalicelib.brokers.paper.feed import QuoteFeed
from chalicelib.brokers.paper.hours import Hours
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorUnreachable


class QuoteReading:
    """Reads quotes while what they are of can trade; what exits and protection need by calls of their own."""

    def __init__(self, feed: QuoteFeed, exit_feed: QuoteFeed, calendar: MarketCalendar, clock: Clock) -> None:
        self._feed = feed
        self._exit_feed = exit_feed
        self._calendar = calendar
        self._clock = clock

    def of(self, underlying: str, symbols: Sequence[str], urgency: Urgency) -> Quotes:
        """Read the quotes of what an order moves, by one call.

        Raises VendorUnreachable where the session ended meanwhile: what was sent in it came too late.
        """
        if not self._hours().are_open(symbols):
            return {}
        quotes = self._feed_for(urgency).quotes(underlying, symbols)
        if not self._hours().are_open(symbols):
            raise VendorUnreachable("the session ended while the quote was read")
        return quotes

    def of_working(self, account: PaperAccount, order_id: UUID | None, urgency: Urgency) -> Quotes:
        """Read the quotes that working orders wait for, one order's or all's: one call per underlying."""
        quotes: dict[str, OptionQuote] = {}
        hours = self._hours()
        for underlying, waited_for in account.waiting(order_id).items():
            symbols = [symbol for symbol in waited_for if hours.is_open(symbol)]
            if symbols:
                quotes |= self._feed_for(urgency).quotes(underlying, symbols)
        return quotes

    def _feed_for(self, urgency: Urgency) -> QuoteFeed:
        return self._exit_feed if urgency is Urgency.EXIT else self._feed

    def _hours(self) -> Hours:
        return Hours(self._calendar, self._clock.now())
