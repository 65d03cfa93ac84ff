"""TastytradeBroker keeps the law of brokers, against the emulator over real HTTP (B-10)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import UnknownOrder
from chalicelib.brokers.interface import Broker, BrokerOrder
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorUnreachable
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.combined_conformance import CombinedConformance, OutsideConformance
from tests.brokers.combined_venue import OutsideVenue
from tests.brokers.conformance import BrokerConformance, WorldClock, tradier_data
from tests.brokers.market_conformance import MarketConformance
from tests.brokers.tastytrade_support import ACCOUNT, CLIENT_SECRET, REFRESH_TOKEN, tastytrade


class TastytradeVenue(OutsideVenue):
    """The certification emulator behind a socket; quotes of the same market are Tradier's."""

    says_not_held = "sell to close"

    def __init__(self, world: World, clock: WorldClock, url: str, http: HttpPool) -> None:
        self.url = url
        self._http = http
        self.clock = clock
        super().__init__(clock, world, tradier_data(world, clock), self.other())

    def other(self) -> Broker:
        return tastytrade(self._http, self.clock, url=self.url)

    def arm(self, kind: str, **more: object) -> None:
        """Arm one fault."""
        self.world.faults.arm_from({"vendor": "tastytrade", "kind": kind, **more})

    def buy_partly(self) -> BrokerOrder:
        self.arm("partial_fill", fraction=0.5)
        return self.broker.read_order(self.broker.place(self.order(quantity=4)).broker_order_id)

    def open_partly(self) -> BrokerOrder:
        self.arm("partial_fill", fraction=0.5)
        return self.read(self.broker.place_combined(self.combined(quantity=Decimal(4))))

    def lose_the_next_answer(self) -> None:
        self.arm("timeout_after", match={"method": "POST", "path": "/orders"})

    def reject_the_next_late(self) -> None:
        self.arm("reject_after_200")

    def lose_the_next_cancel(self) -> None:
        self.arm("cancel_loses", match={"method": "DELETE"})


@pytest.fixture
def venue() -> Iterator[TastytradeVenue]:
    """Ten in the morning of a trading day."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.tastytrade_cert.open_account(ACCOUNT, REFRESH_TOKEN, CLIENT_SECRET)
    server = EmulatorServer(world.tastytrade_cert, hold_seconds=0.05).start()
    http = HttpPool()
    yield TastytradeVenue(world, clock, server.url, http)
    http.close()
    server.stop()


class TestTastytrade(BrokerConformance, CombinedConformance, OutsideConformance, MarketConformance):
    """The numbered cases."""

    def test_an_answer_lost_after_the_order_was_taken_is_unknown_and_found_by_our_identifier(
        self, venue: TastytradeVenue
    ) -> None:
        """A-12, I-05: nothing is deduplicated there, so it is looked for and never sent again."""
        for kind in ("timeout_after", "malformed"):
            venue.arm(kind, match={"method": "POST", "path": "/orders"})
            request = venue.order()
            with pytest.raises(OutcomeUnknown):
                venue.broker.place(request)
            assert [order.tag for order in venue.broker.list_orders().orders].count(request.tag) == 1

    def test_a_lost_answer_to_an_oco_is_found_by_the_tag_of_its_orders(self, venue: TastytradeVenue) -> None:
        """A-12: a complex order bears no identifier of ours, its orders do."""
        venue.hold()
        bid, _ = venue.touch()
        wanted = venue.oco((bid / 2).quantize(bid), (bid * 2).quantize(bid))
        venue.arm("timeout_after", match={"method": "POST", "path": "/complex-orders"})
        with pytest.raises(OutcomeUnknown):
            venue.broker.place_oco(wanted)

        (found,) = [order for order in venue.broker.list_orders().orders if order.tag == wanted.tag]
        assert {leg.status for leg in found.alternatives} == {OrderStatus.OPEN}

    def test_a_429_is_never_repeated_for_an_order_and_is_for_a_read(self, venue: TastytradeVenue) -> None:
        venue.broker.positions()
        venue.arm("status", code=429, body="", times=1)
        with pytest.raises(RateLimited):
            venue.broker.place(venue.order())
        venue.arm("status", code=429, body="", times=2)

        assert venue.broker.list_orders().orders == ()
        assert venue.clock.slept == [1.0, 2.0]

    def test_an_access_token_that_ends_is_renewed_and_the_order_goes_once(
        self, venue: TastytradeVenue
    ) -> None:
        """B-10: 401 says that nothing was taken."""
        grants = venue.world.tastytrade_cert.grants
        venue.broker.positions()
        grants.end_all()
        placed = venue.broker.place(venue.order())

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert len(venue.broker.list_orders().orders) == 1
        assert grants.renewals == 2

    def test_access_tokens_are_renewed_before_they_end(self, venue: TastytradeVenue) -> None:
        grants = venue.world.tastytrade_cert.grants
        for _ in range(2):
            venue.broker.positions()
        assert grants.renewals == 1
        venue.clock.at += timedelta(minutes=14, seconds=30)
        venue.broker.positions()

        assert grants.renewals == 2

    def test_an_order_whose_token_could_not_be_renewed_was_not_sent(self, venue: TastytradeVenue) -> None:
        """A-12: what is unknown of a renewal is known of the order."""
        venue.arm("timeout_after", match={"method": "POST", "path": "/oauth"})
        with pytest.raises(VendorUnreachable):
            venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()

    def test_a_revoked_grant_is_a_report_and_refuses_orders(self, venue: TastytradeVenue) -> None:
        venue.arm("expire_token", account=ACCOUNT)

        report = venue.broker.test_connection()
        assert (report.ok, report.reason) == (False, "Grant revoked or unknown (invalid_grant)")
        with pytest.raises(AuthenticationFailed):
            venue.broker.place(venue.order())

    def test_a_foreign_account_is_told_from_a_foreign_order(self, venue: TastytradeVenue) -> None:
        """I-29: a grant of the one environment is worth nothing in the other."""
        placed = venue.broker.place(venue.order())
        venue.world.tastytrade_cert.open_account("5WT00099", "another-refresh-token", CLIENT_SECRET)
        in_process = HttpPool(EmulatorTransport(venue.world.hosts()))
        stranger = tastytrade(
            in_process, venue.clock, account="5WT00099", refresh_token="another-refresh-token"
        )
        trespasser = tastytrade(in_process, venue.clock, refresh_token="another-refresh-token")
        elsewhere = tastytrade(in_process, venue.clock, url="https://api.tastyworks.com")

        with pytest.raises(UnknownOrder):
            stranger.read_order(placed.broker_order_id)
        with pytest.raises(AuthenticationFailed):
            trespasser.positions()
        with pytest.raises(AuthenticationFailed):
            elsewhere.positions()
