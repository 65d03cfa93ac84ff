"""One user's paper account of coins in the database: locked, moved, saved (C-05)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.meeting import Venue
from chalicelib.brokers.paper.books import PaperBooks
from chalicelib.brokers.paper.ledger import Ledger
from chalicelib.brokers.paper.transaction import in_books
from chalicelib.domain.accounts import COINS_ACCOUNT
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.coins.terms import CoinTerms
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.store.database import Database
from chalicelib.store.market.coin_symbols import read_terms

T = TypeVar("T")
STARTING_USDT: Final = Decimal(10_000)


class CoinAccount:
    """The books of one account. Every call raises VendorError."""

    def __init__(
        self, database: Database, username: str, *, clock: Clock, randomness: Randomness, source: str
    ) -> None:
        self.account_id = COINS_ACCOUNT
        self._database = database
        self._username = username
        self._clock = clock
        self._randomness = randomness
        self._source = source

    def move(
        self,
        work: Callable[[Ledger, Venue], T],
        *,
        order_id: UUID | None = None,
        since: datetime | None = None,
        also: Callable[[Connection, T], None] | None = None,
    ) -> T:
        """Run `work` on the locked account, at one moment of the exchange.

        What has ended is there from `since` on, at least from the New York midnight before it. `also` keeps
        beside the books what came of it, in the same transaction.
        """
        now = self._clock.now()

        def run(connection: Connection) -> T:
            books = PaperBooks(connection, self._username, self.account_id)
            ledger = books.load(
                starting_cash=STARTING_USDT,
                # What the lists of all brokers here go back to.
                since=new_york_midnight(new_york_date(min(now, since or now))),
                order_id=None if order_id is None else str(order_id),
            )
            result = work(ledger, self._venue(connection, now))
            books.save(ledger)
            if also is not None:
                also(connection, result)
            return result

        return in_books(self._database, self._username, run)

    def _venue(self, connection: Connection, now: datetime) -> Venue:
        known: dict[str, CoinTerms] = {}

        def terms_of(symbol: str) -> CoinTerms:
            if symbol not in known:
                known[symbol] = read_terms(connection, symbol)
            return known[symbol]

        return Venue(
            now=now,
            source=self._source,
            terms_of=terms_of,
            new_id=lambda: self._randomness.uuid7(now),
        )
