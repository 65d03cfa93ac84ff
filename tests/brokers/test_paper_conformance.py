"""PaperBroker keeps the law of brokers, on a real PostgreSQL, and its own law of fills."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from chalicelib.brokers.interface import Broker, BrokerOrder
from chalicelib.brokers.paper.broker import PaperBroker
from chalicelib.domain.calendar import MarketCalendar
from chalicelib.domain.orders import OrderStatus
from chalicelib.marketdata.paper_feed import PaperFeed
from chalicelib.store.database import Database, open_engine
from infra.local.emulators.world import World
from infra.local.postgres import DatabaseUrls
from tests.brokers.conformance import BrokerConformance, Venue, WorldClock, tradier_data
from tests.brokers.support import CountedRandomness

CASH = Decimal(100_000)


class PaperVenue(Venue):
    """The paper broker on the quotes of the world."""

    def __init__(self, world: World, clock: WorldClock, database: Database) -> None:
        self.clock = clock
        self.database = database
        self.randomness = CountedRandomness()
        self.quotes = tradier_data(world, clock)
        super().__init__(clock, world, self.quotes, self.of("alice"))

    def of(self, username: str) -> PaperBroker:
        """Return a user's paper broker."""
        return PaperBroker(
            self.database,
            username,
            feed=PaperFeed(self.quotes),
            calendar=MarketCalendar(),
            clock=self.clock,
            randomness=self.randomness,
            starting_cash=CASH,
        )

    def other(self) -> Broker:
        return self.of("alice")

    def displayed(self) -> int:
        """Return the size offered now."""
        size = self.quotes.option_quotes(self.ticker, [self.symbol]).quotes[self.symbol].ask_size
        assert size is not None
        return size

    def buy_partly(self) -> BrokerOrder:
        placed = self.broker.place(self.order(quantity=self.displayed() + 1))
        return self.broker.read_order(placed.broker_order_id)


@pytest.fixture
def venue(database_urls: DatabaseUrls) -> Iterator[PaperVenue]:
    """Ten in the morning of a trading day."""
    clock = WorldClock()
    database = Database(open_engine(database_urls.app, pool_size=4), clock)
    yield PaperVenue(World.create(7, clock, lambda _seconds: None), clock, database)
    database.dispose()


class TestPaper(BrokerConformance):
    """The numbered cases."""

    def test_one_displayed_size_is_taken_once_and_the_rest_fills_on_the_next_quote(
        self, venue: PaperVenue
    ) -> None:
        """I-16: never larger than displayed, over all orders of an account."""
        size = venue.displayed()
        first = venue.broker.place(venue.order(quantity=size))
        second = venue.broker.place(venue.order(quantity=1))
        assert venue.broker.read_order(first.broker_order_id).status is OrderStatus.FILLED
        assert venue.broker.read_order(second.broker_order_id).filled_quantity == 0
        venue.advance(seconds=61)

        assert venue.broker.read_order(second.broker_order_id).status is OrderStatus.FILLED
