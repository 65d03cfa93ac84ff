"""PaperBroker keeps the law of brokers, on a real PostgreSQL, and its own law of fills."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from chalicelib.brokers.errors import Refused, Uncovered, UnknownOrder
from chalicelib.brokers.interface import Broker, BrokerOrder, RequestLeg
from chalicelib.brokers.paper.broker import PaperBroker
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.structures.early_assignment import Situation
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.marketdata.paper_feed import PaperFeed
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.vendors.errors import VendorError
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.world import World
from tests.brokers.combined_conformance import CombinedConformance
from tests.brokers.combined_venue import CombinedVenue, closing
from tests.brokers.conformance import BrokerConformance, WorldClock, tradier_data
from tests.brokers.market_conformance import MarketConformance
from tests.brokers.paper_books import shown
from tests.brokers.support import CountedRandomness

CASH = Decimal(100_000)


class PaperVenue(CombinedVenue):
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

    @property
    def paper(self) -> PaperBroker:
        """Return the broker with what only it has."""
        return self.of("alice")

    def displayed(self) -> int:
        """Return the size offered now."""
        size = self.quotes.option_quotes(self.ticker, [self.symbol]).quotes[self.symbol].ask_size
        assert size is not None
        return size

    def buy_partly(self) -> BrokerOrder:
        placed = self.broker.place(self.order(quantity=self.displayed() + 1))
        return self.broker.read_order(placed.broker_order_id)

    def open_partly(self) -> BrokerOrder:
        legs = self.narrow_spread()
        more = Decimal(self.scarcest(legs) + 1)
        return self.read(self.broker.place_combined(self.combined(legs, quantity=more)))

    def scarcest(self, legs: Sequence[RequestLeg]) -> int:
        """Return how many units the sizes shown now are enough for."""
        quotes = self.quotes.option_quotes(self.ticker, [leg.symbol for leg in legs]).quotes
        sizes = [
            quotes[leg.symbol].ask_size if leg.side.is_buy else quotes[leg.symbol].bid_size for leg in legs
        ]
        return min(size or 0 for size in sizes)


@pytest.fixture
def venue(database_urls: DatabaseUrls) -> Iterator[PaperVenue]:
    """Ten in the morning of a trading day."""
    clock = WorldClock()
    database = Database(open_engine(database_urls.app, pool_size=4), clock)
    yield PaperVenue(World.create(7, clock, lambda _seconds: None), clock, database)
    database.dispose()


class TestPaper(BrokerConformance, CombinedConformance, MarketConformance):
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

    def test_the_rest_of_a_marketable_limit_fills_at_touch_too(self, venue: PaperVenue) -> None:
        _, ask = venue.touch()
        size = venue.displayed()
        placed = venue.broker.place(
            venue.order(OrderType.LIMIT, quantity=size + 1, limit_price=ask + Decimal("0.50"))
        )
        venue.advance(seconds=61)
        _, later_ask = venue.touch()

        order = venue.broker.read_order(placed.broker_order_id)
        assert order.status is OrderStatus.FILLED
        assert order.avg_fill_price is not None
        assert order.avg_fill_price <= max(ask, later_ask)

    def test_nothing_fills_while_the_quotes_cannot_be_read_or_are_old(self, venue: PaperVenue) -> None:
        """I-15; the order waits, and fills when quotes are there again; the source is 15 minutes late."""
        venue.world.faults.arm_from(
            {"vendor": "tradier", "kind": "status", "code": 500, "times": 50, "match": {}}
        )
        placed = venue.broker.place(venue.order())
        assert venue.broker.read_order(placed.broker_order_id).filled_quantity == 0
        venue.world.faults.clear()
        old = venue.quotes.option_quotes(venue.ticker, [venue.symbol]).quotes
        venue.clock.at += timedelta(seconds=900 + 121)
        venue.paper.match(old)
        listed = venue.database.run(_filled, username="alice")
        assert listed == 0

        venue.world.catch_up()
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    def test_quotes_that_somebody_else_read_are_matched(self, venue: PaperVenue) -> None:
        bid, _ = venue.touch()
        limit = (bid * Decimal("0.6")).quantize(Decimal("0.01"))
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=limit))
        venue.jump("0.97")
        venue.paper.match(venue.quotes.option_quotes(venue.ticker, [venue.symbol]).quotes)

        assert venue.database.run(_filled, username="alice") == 2
        assert venue.broker.read_order(placed.broker_order_id).avg_fill_price == limit

    def test_users_books_are_apart(self, venue: PaperVenue) -> None:
        """A-10: nothing of alice's is seen, counted or sold by bob."""
        placed = venue.protect()
        bob = venue.of("bob")

        assert (bob.positions(), bob.list_orders().orders) == ((), ())
        assert bob.balance().cash == CASH
        with pytest.raises(UnknownOrder):
            bob.read_order(placed.broker_order_id)
        with pytest.raises(UnknownOrder):
            bob.cancel(placed.broker_order_id)
        with pytest.raises(Refused):
            bob.place(venue.order(side=OrderSide.SELL_TO_CLOSE))

    def test_twenty_sells_at_once_sell_what_is_held_once(self, venue: PaperVenue) -> None:
        venue.hold()

        def sell(number: int) -> bool:
            try:
                venue.paper.place(requests[number])
            except VendorError:
                return False
            return True

        requests = [venue.order(side=OrderSide.SELL_TO_CLOSE) for _ in range(20)]
        with ThreadPoolExecutor(max_workers=4) as workers:
            sold = list(workers.map(sell, range(20)))

        assert sold.count(True) == 1
        assert venue.broker.positions() == ()

    def test_a_part_sold_by_one_exit_is_no_longer_for_the_other_to_sell(self, venue: PaperVenue) -> None:
        """I-08: both exits together never sell more than is held."""
        held = venue.displayed()
        venue.hold(held)
        bid, _ = venue.touch()
        placed = venue.broker.place_oco(venue.oco(Decimal("0.05"), bid + Decimal("0.10"), held))
        venue.jump("1.01")
        parent = venue.broker.read_order(placed.broker_order_id)

        filled = sum(leg.filled_quantity for leg in parent.alternatives)
        left = sum(position.quantity for position in venue.broker.positions())
        assert filled + left == held
        working = [leg.quantity - leg.filled_quantity for leg in parent.alternatives if leg.status in OPEN]
        assert all(remaining == left for remaining in working)

    def test_an_expiry_in_the_money_pays_its_intrinsic_value(self, venue: PaperVenue) -> None:
        venue.hold()
        venue.jump("1.05")
        before = venue.broker.balance().cash
        expiry_day = datetime.combine(venue.expiry, datetime.min.time(), UTC)
        venue.move_to(expiry_day + timedelta(hours=21, minutes=31))
        close = venue.quotes.official_close(venue.ticker, venue.expiry)
        assert close is not None
        after = venue.broker.balance()

        strike = Decimal(int(venue.symbol[-8:])) / 1000
        assert before is not None
        assert after.cash == before + max(close - strike, Decimal(0)) * 200
        assert venue.broker.positions() == ()
        assert after.equity == after.cash

    def test_a_naked_call_is_refused_and_a_put_holds_its_strike(self, venue: PaperVenue) -> None:
        """W-01: nothing is stored of the one; the other shows in the buying power."""
        with pytest.raises(Uncovered):
            venue.broker.place(venue.order(side=OrderSide.SELL_TO_OPEN))
        assert venue.broker.list_orders().orders == ()
        put = venue.put("0.985")
        placed = venue.broker.place(venue.order(side=OrderSide.SELL_TO_OPEN, symbol=put, quantity=1))

        sold = venue.read(placed)
        assert sold.avg_fill_price is not None
        balance = venue.broker.balance()
        assert balance.cash == CASH + sold.avg_fill_price * 100 - Decimal("0.35")
        assert balance.buying_power == balance.cash - Decimal(int(put[-8:])) / 10
        assert balance.equity is not None
        assert abs(balance.equity - CASH) < 50

    def test_what_is_held_together_is_known_to_the_next_instance(self, venue: PaperVenue) -> None:
        """W-01: collateral outlives the process, and an exit that works releases none of it."""
        legs = venue.spread()
        venue.opened(legs)
        short, long = (Decimal(int(leg.symbol[-8:])) / 1000 for leg in legs)
        cash = venue.cash()

        assert venue.other().balance().buying_power == cash - (short - long) * 200
        exit_ = venue.combined(closing(legs), net_price=Decimal("0.01"))
        venue.other().place_combined(exit_)
        assert venue.other().balance().buying_power == cash - (short - long) * 200

    def test_a_spread_that_expires_settles_both_legs_on_one_price(self, venue: PaperVenue) -> None:
        """W-05, I-17: between nothing and its width, and nothing is held back afterwards."""
        legs = venue.spread()
        venue.opened(legs)
        before = venue.cash()
        venue.jump("0.97")
        venue.move_to(
            datetime.combine(venue.expiry, datetime.min.time(), UTC) + timedelta(hours=21, minutes=31)
        )
        close = venue.quotes.official_close(venue.ticker, venue.expiry)
        assert close is not None
        after = venue.broker.balance()

        short, long = (Decimal(int(leg.symbol[-8:])) / 1000 for leg in legs)
        worth = max(long - close, Decimal(0)) - max(short - close, Decimal(0))
        assert after.cash == before + worth * 200
        assert after.buying_power == after.equity == after.cash
        assert venue.held() == {}

    def test_a_short_put_is_assigned_early_by_the_rule_once_a_day(self, venue: PaperVenue) -> None:
        """W-05, I-20: deep in the money, near its end, bid under what exercising brings."""
        put = venue.put("1.10")
        placed = venue.broker.place(venue.order(side=OrderSide.SELL_TO_OPEN, symbol=put, quantity=1))
        assert venue.read(placed).status is OrderStatus.FILLED
        strike = Decimal(int(put[-8:])) / 1000
        worth = strike - venue.spot
        seen = {
            put: Situation(
                today=venue.expiry - timedelta(days=2),
                spot=venue.spot,
                quote=shown(put, worth - Decimal("0.10"), worth),
            )
        }
        first = venue.paper.clearing.assign_early(seen)
        again = venue.of("alice").clearing.assign_early(seen)

        assert [(one.symbol, one.quantity, one.price) for one in first] == [(put, Decimal(-1), strike)]
        assert again == first
        assert venue.held() == {venue.ticker: Decimal(100)}

    def test_what_settles_on_the_open_waits_for_the_value_that_is_handed_in(self, venue: PaperVenue) -> None:
        """W-05, I-20: the clearing settles on the price that it is told, once, and tells how each ended."""
        legs = venue.spread()
        venue.opened(legs, quantity=1)
        before = venue.cash()
        prices = {leg.symbol: Decimal(1) for leg in legs}
        ended = venue.paper.clearing.settle(prices)
        assert venue.paper.clearing.settle(prices) == ended

        short, long = (Decimal(int(leg.symbol[-8:])) / 1000 for leg in legs)
        assert {one.symbol: one.quantity for one in ended} == {
            legs[0].symbol: Decimal(-1),
            legs[1].symbol: Decimal(1),
        }
        assert venue.cash() - before == (long - short) * 100
        assert venue.held() == {}

    def test_a_dividend_is_paid_once(self, venue: PaperVenue) -> None:
        """I-20."""
        request = venue.order(symbol=venue.ticker, quantity=10, instrument=Instrument.EQUITY)
        assert venue.read(venue.broker.place(request)).status is OrderStatus.FILLED
        before = venue.cash()
        for _ in range(2):
            paid = venue.of("alice").clearing.pay_dividend(venue.ticker, venue.expiry, Decimal("1.75"))
            assert paid is not None
            assert paid.cash == Decimal("17.5")

        assert venue.cash() == before + Decimal("17.50")

    def test_working_buys_hold_back_buying_power(self, venue: PaperVenue) -> None:
        venue.broker.place(
            venue.order(OrderType.LIMIT, quantity=10, limit_price=Decimal("0.10"), duration=Duration.GTC)
        )

        balance = venue.broker.balance()
        assert balance.cash == balance.equity == CASH
        assert balance.buying_power == CASH - 10 * (Decimal(10) + Decimal("0.35"))

    def test_each_fill_names_its_rule_and_its_fees(self, venue: PaperVenue) -> None:
        placed = venue.broker.place(venue.order())

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.fill_rule, order.fees) == ("touch", Decimal("0.70"))

    def test_jobs_and_calls_keep_the_same_books(self, venue: PaperVenue, database_urls: DatabaseUrls) -> None:
        placed = venue.protect()
        jobs = Database(open_engine(database_urls.jobs), venue.clock)
        worker = PaperBroker(
            jobs,
            "alice",
            feed=PaperFeed(venue.quotes),
            calendar=MarketCalendar(),
            clock=venue.clock,
            randomness=venue.randomness,
            starting_cash=CASH,
        )
        try:
            worker.cancel(placed.broker_order_id)
            assert worker.positions() == venue.broker.positions()
        finally:
            jobs.dispose()

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.CANCELED


OPEN = {OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED}


def _filled(connection: Connection) -> Decimal:
    found = connection.execute(text("select coalesce(sum(quantity), 0) from paper_fills")).scalar_one()
    assert isinstance(found, Decimal)
    return found
