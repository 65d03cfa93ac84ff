"""One user's paper account in the database: locked, brought up to the moment, met with quotes, saved."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.paper.books import PaperBooks
from chalicelib.brokers.paper.ledger import Ledger
from chalicelib.brokers.paper.matching import match_quotes, pass_time
from chalicelib.brokers.paper.rules import FillTerms
from chalicelib.brokers.paper.transaction import in_books
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Database

T = TypeVar("T")
Quotes = Mapping[str, OptionQuote]


class PaperAccount:
    """The books of one account. Raises VendorUnreachable and OutcomeUnknown as any broker's would."""

    def __init__(
        self,
        database: Database,
        username: str,
        *,
        calendar: MarketCalendar,
        clock: Clock,
        randomness: Randomness,
        starting_cash: Decimal,
        terms: FillTerms,
    ) -> None:
        #: Its owner's name, under which trades are kept too.
        self.account_id = username
        self.terms = terms
        self._database = database
        self._username = username
        self._calendar = calendar
        self._clock = clock
        self._randomness = randomness
        self._starting_cash = starting_cash

    def move(
        self,
        work: Callable[[Ledger, datetime], T],
        quotes: Quotes,
        *,
        order_id: UUID | None = None,
        events_of: Sequence[str] = (),
    ) -> T:
        """Run `work` on the locked account: after time has passed, before the quotes are met again.

        Quotes are met before `work` for what was there, and after it for what it placed. It sees the events
        of the contracts, or shares, that are named.
        """
        now = self._clock.now()

        def run(connection: Connection) -> T:
            books = self._books(connection)
            ledger = books.load(
                starting_cash=self._starting_cash,
                since=new_york_midnight(new_york_date(now)),
                order_id=None if order_id is None else str(order_id),
            )
            books.load_events(ledger, events_of)
            pass_time(ledger, now, self._calendar)
            self._meet(books, ledger, quotes, now)
            result = work(ledger, now)
            self._meet(books, ledger, quotes, now)
            books.save(ledger)
            return result

        return in_books(self._database, self._username, run)

    def waiting(self, order_id: UUID | None) -> Mapping[str, Sequence[str]]:
        """Return the contracts, by underlying, that working orders wait for: one order's or all's."""

        def read(connection: Connection) -> Mapping[str, Sequence[str]]:
            ends_with_next(connection)
            return self._books(connection).waiting(self._clock.now(), order_id)

        return in_books(self._database, self._username, read)

    def new_id(self, now: datetime) -> UUID:
        """Return an id for an order or a fill of this moment."""
        return self._randomness.uuid7(now)

    def _books(self, connection: Connection) -> PaperBooks:
        return PaperBooks(connection, self._username, self.account_id)

    def _meet(self, books: PaperBooks, ledger: Ledger, quotes: Quotes, now: datetime) -> None:
        books.load_taken(ledger, quotes)
        match_quotes(
            ledger, quotes, now, calendar=self._calendar, terms=self.terms, new_id=lambda: self.new_id(now)
        )
