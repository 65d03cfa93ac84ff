"""TradierBroker keeps the law of brokers, against the emulator over real HTTP."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import UnknownOrder
from chalicelib.brokers.interface import Broker, BrokerOrder
from chalicelib.brokers.tradier.broker import TradierBroker
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.vendors.errors import OutcomeUnknown, RateLimited
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.combined_conformance import CombinedConformance, OutsideConformance
from tests.brokers.combined_venue import OutsideVenue
from tests.brokers.conformance import ACCOUNT, TOKEN, BrokerConformance, WorldClock, tradier_data
from tests.brokers.market_conformance import MarketConformance
from tests.brokers.support import OpenBudget, sandbox


class TradierVenue(OutsideVenue):
    """The sandbox emulator behind a socket."""

    def __init__(self, world: World, clock: WorldClock, url: str, http: HttpPool) -> None:
        self._url = url
        self._http = http
        self.clock = clock
        super().__init__(clock, world, tradier_data(world, clock), self.other())

    def other(self) -> Broker:
        return TradierBroker(
            sandbox(self._url, TOKEN), ACCOUNT, budget=OpenBudget(), clock=self.clock, http=self._http
        )

    def arm(self, kind: str, **more: object) -> None:
        """Arm one fault."""
        self.world.faults.arm_from({"vendor": "tradier", "kind": kind, **more})

    def buy_partly(self) -> BrokerOrder:
        self.arm("partial_fill", fraction=0.5)
        return self.broker.read_order(self.broker.place(self.order(quantity=4)).broker_order_id)

    def open_partly(self) -> BrokerOrder:
        self.arm("partial_fill", fraction=0.5)
        return self.read(self.broker.place_combined(self.combined(quantity=Decimal(4))))

    def lose_the_next_answer(self) -> None:
        self.arm("timeout_after", match={"method": "POST"})

    def reject_the_next_late(self) -> None:
        self.arm("reject_after_200")

    def lose_the_next_cancel(self) -> None:
        self.arm("cancel_loses", match={"method": "DELETE"})


@pytest.fixture
def venue() -> Iterator[TradierVenue]:
    """Ten in the morning of a trading day."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.sandbox.add_account(ACCOUNT, TOKEN)
    server = EmulatorServer(world.sandbox, hold_seconds=0.05).start()
    http = HttpPool()
    yield TradierVenue(world, clock, server.url, http)
    http.close()
    server.stop()


class TestTradier(BrokerConformance, CombinedConformance, OutsideConformance, MarketConformance):
    """The numbered cases."""

    def test_an_answer_lost_after_the_order_was_taken_is_unknown_and_found_by_tag(
        self, venue: TradierVenue
    ) -> None:
        """A-12, I-05: settled by searching for the tag, never by sending again."""
        for kind in ("timeout_after", "malformed"):
            venue.arm(kind, match={"method": "POST"})
            request = venue.order()
            with pytest.raises(OutcomeUnknown):
                venue.broker.place(request)
            assert [order.tag for order in venue.broker.list_orders().orders].count(request.tag) == 1

    def test_an_order_that_never_arrived_is_as_unknown_and_not_in_the_list(self, venue: TradierVenue) -> None:
        for kind in ("timeout_before", "drop_connection"):
            venue.arm(kind, match={"method": "POST"})
            with pytest.raises(OutcomeUnknown):
                venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()

    def test_a_429_is_never_repeated_for_an_order_and_is_for_a_read(self, venue: TradierVenue) -> None:
        venue.arm("status", code=429, body="", times=1)
        with pytest.raises(RateLimited):
            venue.broker.place(venue.order())
        venue.arm("status", code=429, body="", times=2)

        assert venue.broker.list_orders().orders == ()
        assert venue.clock.slept == [1.0, 2.0]

    def test_an_order_rejected_a_second_after_its_200_is_read_back_as_rejected(
        self, venue: TradierVenue
    ) -> None:
        venue.arm("reject_after_200")
        placed = venue.broker.place(venue.order())
        venue.advance(seconds=1)

        order = venue.broker.read_order(placed.broker_order_id)
        assert order.status is OrderStatus.REJECTED
        assert order.reason

    def test_a_foreign_account_is_told_from_a_foreign_order(self, venue: TradierVenue) -> None:
        placed = venue.broker.place(venue.order())
        stranger = TradierBroker(
            sandbox("https://sandbox.tradier.com", "data-token"),
            "VA00000099",
            budget=OpenBudget(),
            clock=venue.clock,
            http=HttpPool(EmulatorTransport(venue.world.hosts())),
        )

        with pytest.raises(UnknownOrder):
            stranger.read_order(placed.broker_order_id)
