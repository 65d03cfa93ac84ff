"""The closing prices that the paper broker settles expired contracts by."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.brokers.paper.account import PaperAccount
from chalicelib.brokers.paper.collateral import contract_of
from chalicelib.brokers.paper.feed import QuoteFeed
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.index_classes import settles_on_open
from chalicelib.domain.ports import Clock

#: Expired contracts are settled this long after their last close (A-06), and hidden from the next day on.
SETTLED_AFTER: Final = timedelta(minutes=30)


class ClosingPrices:
    """Reads official closes for what has expired; one that is not there yet leaves its contracts pending."""

    def __init__(self, feed: QuoteFeed, calendar: MarketCalendar, clock: Clock) -> None:
        self._feed = feed
        self._calendar = calendar
        self._clock = clock

    def of_expired(self, account: PaperAccount) -> dict[str, Decimal]:
        """Return, by contract, the closes of expired holdings: one for all of an underlying and a day."""
        now = self._clock.now()
        held = account.move(
            lambda ledger, _now: [(one.symbol, one.underlying) for one in ledger.holdings.values()], {}
        )
        closes: dict[str, Decimal] = {}
        seen: dict[tuple[str, date], Decimal | None] = {}
        for symbol, underlying in held:
            contract = contract_of(symbol)
            # What settles on the open waits for its opening settlement value: never the close (W-05).
            if contract is None or settles_on_open(contract.root):
                continue
            session = self._calendar.expiry_session(contract.expiry)
            if session is None or session.closes_at + SETTLED_AFTER > now:
                continue
            day = (underlying, session.day)
            if day not in seen:
                seen[day] = self._feed.official_close(underlying, session.day)
            close = seen[day]
            if close is not None:
                closes[symbol] = close
        return closes
