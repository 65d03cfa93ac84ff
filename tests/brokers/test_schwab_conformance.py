"""SchwabBroker keeps the law of brokers, against the emulator over real HTTP (B-10)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import Refused, UnknownOrder
from chalicelib.brokers.interface import BrokerOrder
from chalicelib.brokers.padded_symbols import to_padded
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorUnreachable
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.combined_conformance import CombinedConformance, OutsideConformance
from tests.brokers.combined_venue import OutsideVenue
from tests.brokers.conformance import BrokerConformance, WorldClock, cents, tradier_data
from tests.brokers.market_conformance import MarketConformance
from tests.brokers.schwab_support import (
    ACCOUNT,
    CLIENT_ID,
    CLIENT_SECRET,
    LOGIN,
    REDIRECT_URI,
    NotingBroker,
    SentOnes,
    schwab,
)


class SchwabVenue(OutsideVenue):
    """The emulator behind a socket; quotes of the same market are Tradier's."""

    says_not_held = "sell to close"
    broker: NotingBroker

    def __init__(self, world: World, clock: WorldClock, url: str, http: HttpPool) -> None:
        self.url = url
        self._http = http
        self.clock = clock
        self.sent = SentOnes()
        self.login = world.schwab.sign_in(CLIENT_ID, LOGIN)
        super().__init__(clock, world, tradier_data(world, clock), self._another(url, http, clock))

    def _another(self, url: str, http: HttpPool, clock: WorldClock) -> NotingBroker:
        return schwab(http, clock, self.login, url=url, sent=self.sent)

    def other(self) -> NotingBroker:
        return self._another(self.url, self._http, self.clock)

    def move_to(self, at: datetime) -> None:
        """Move the clock to an instant; whoever trades for longer than a week signs in again."""
        is_later = at - self.clock.at > timedelta(days=6)
        super().move_to(at)
        if is_later:
            self.login = self.world.schwab.sign_in(CLIENT_ID, LOGIN)
            self.broker = self.other()

    def arm(self, kind: str, **more: object) -> None:
        """Arm one fault."""
        self.world.faults.arm_from({"vendor": "schwab", "kind": kind, **more})

    def post(self, room: str, document: JsonValue) -> None:
        """Send a document of somebody else's."""
        client = self.broker._client
        client.post(self.broker._path(room, Urgency.ORDER), document, urgency=Urgency.ORDER)

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
def venue() -> Iterator[SchwabVenue]:
    """Ten in the morning of a trading day."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.schwab.open_account(ACCOUNT, LOGIN)
    world.schwab.register(
        Application(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT_URI)
    )
    server = EmulatorServer(world.schwab, hold_seconds=0.05).start()
    http = HttpPool()
    yield SchwabVenue(world, clock, server.url, http)
    http.close()
    server.stop()


class TestSchwab(BrokerConformance, CombinedConformance, OutsideConformance, MarketConformance):
    """The numbered cases."""

    def test_an_answer_lost_after_the_order_was_taken_is_found_by_what_was_asked_for(
        self, venue: SchwabVenue
    ) -> None:
        """A-12, I-05: it bears no identifier of ours, so terms and time name it; nothing is sent again."""
        for kind in ("timeout_after", "malformed"):
            venue.arm(kind, match={"method": "POST", "path": "/orders"})
            request = venue.order(quantity=3 if kind == "malformed" else 2)
            if kind == "malformed":  # of an empty body nothing can be garbled
                venue.broker.place(request)
            else:
                with pytest.raises(OutcomeUnknown):
                    venue.broker.place(request)
            venue.advance(seconds=2)
            assert [order.tag for order in venue.broker.list_orders().orders].count(request.tag) == 1

    def test_an_order_taken_without_telling_its_number_is_settled_by_the_list(
        self, venue: SchwabVenue
    ) -> None:
        """A-12: the address that names a new order may be missing when it fills at once."""
        venue.world.schwab.orders.drops_location = True
        request = venue.order()
        with pytest.raises(OutcomeUnknown):
            venue.broker.place(request)

        (found,) = [order for order in venue.other().list_orders().orders if order.tag == request.tag]
        assert (found.status, found.filled_quantity) == (OrderStatus.FILLED, Decimal(2))

    def test_a_lost_answer_to_an_oco_is_found_by_both_of_its_prices(self, venue: SchwabVenue) -> None:
        """A-12, I-08."""
        venue.hold()
        bid, _ = venue.touch()
        wanted = venue.oco((bid / 2).quantize(bid), (bid * 2).quantize(bid))
        venue.arm("timeout_after", match={"method": "POST", "path": "/orders"})
        with pytest.raises(OutcomeUnknown):
            venue.broker.place_oco(wanted)

        (found,) = [order for order in venue.broker.list_orders().orders if order.tag == wanted.tag]
        assert {leg.status for leg in found.alternatives} == {OrderStatus.OPEN}

    def test_what_others_placed_is_nobodys_of_ours(self, venue: SchwabVenue) -> None:
        """I-32: neither an order of other terms nor one of the same that was refused here."""
        by_hand = schwab(venue._http, venue.clock, venue.login, url=venue.url)
        refused = venue.order(side=OrderSide.SELL_TO_CLOSE)
        with pytest.raises(Refused):
            venue.broker.place(refused)
        by_hand.place(venue.order(quantity=5))
        by_hand.place(replace(refused, quantity=Decimal(2)))

        assert [order.tag for order in venue.broker.list_orders().orders] == [None, None]

    def test_a_bracket_that_somebody_made_there_is_read_whole(self, venue: SchwabVenue) -> None:
        """B-10: an order that triggers others, and what waits for it, stand beside each other."""
        bid, ask = venue.touch()
        legs = [
            ("LIMIT", "price", ask - Decimal("0.02"), "BUY_TO_OPEN", "DAY"),
            ("LIMIT", "price", bid * 2, "SELL_TO_CLOSE", "GOOD_TILL_CANCEL"),
            ("STOP", "stopPrice", cents(bid / 2), "SELL_TO_CLOSE", "GOOD_TILL_CANCEL"),
        ]
        orders: list[JsonValue] = [
            {
                "orderStrategyType": "SINGLE",
                "session": "NORMAL",
                "orderType": kind,
                "duration": duration,
                name: str(price),
                "orderLegCollection": [
                    {
                        "instruction": instruction,
                        "quantity": 2,
                        "instrument": {"symbol": to_padded(venue.symbol), "assetType": "OPTION"},
                    }
                ],
            }
            for kind, name, price, instruction, duration in legs
        ]
        oco: JsonValue = {"orderStrategyType": "OCO", "childOrderStrategies": orders[1:]}
        first = orders[0]
        assert isinstance(first, dict)
        body = {**first, "orderStrategyType": "TRIGGER", "childOrderStrategies": [oco]}
        venue.post("/orders", body)

        entry, exits = sorted(venue.broker.list_orders().orders, key=lambda one: one.broker_order_id)
        assert (entry.status, entry.side) == (OrderStatus.OPEN, OrderSide.BUY_TO_OPEN)
        assert [one.status for one in exits.alternatives] == [OrderStatus.PENDING] * 2
        assert int(exits.broker_order_id) == int(entry.broker_order_id) + 1
        venue.broker.cancel(exits.broker_order_id)
        read = venue.broker.read_order(exits.broker_order_id)
        assert {one.status for one in read.alternatives} == {OrderStatus.CANCELED}
        assert venue.broker.read_order(entry.broker_order_id).status is OrderStatus.OPEN
        venue.broker.cancel(entry.broker_order_id)
        assert venue.broker.read_order(entry.broker_order_id).status is OrderStatus.CANCELED

    def test_a_429_is_never_repeated_for_an_order_and_is_for_a_read(self, venue: SchwabVenue) -> None:
        venue.broker.positions()
        venue.arm("status", code=429, body="", times=1)
        with pytest.raises(RateLimited):
            venue.broker.place(venue.order())
        venue.arm("status", code=429, body="", times=2)

        assert venue.broker.list_orders().orders == ()
        assert venue.clock.slept == [1.0, 2.0]

    def test_an_access_token_that_ends_is_renewed_and_the_order_goes_once(self, venue: SchwabVenue) -> None:
        """B-10: 401 says that nothing was taken; a token is renewed before its half hour is over."""
        logins = venue.world.schwab.logins
        venue.broker.positions()
        logins.end_all()
        placed = venue.broker.place(venue.order())
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert len(venue.broker.list_orders().orders) == 1
        assert logins.renewals == 2
        venue.clock.at += timedelta(minutes=29, seconds=30)
        venue.broker.positions()

        assert logins.renewals == 3

    def test_an_order_whose_token_could_not_be_renewed_was_not_sent(self, venue: SchwabVenue) -> None:
        """A-12: what is unknown of a renewal is known of the order."""
        venue.arm("timeout_after", match={"method": "POST", "path": "/oauth"})
        with pytest.raises(VendorUnreachable):
            venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()

    def test_a_login_ends_after_seven_days_whatever_was_renewed(self, venue: SchwabVenue) -> None:
        """B-10: renewing an access token does not extend it; it is a report, and refuses orders."""
        for _ in range(7):
            venue.clock.at += timedelta(hours=23)
            venue.broker.positions()
        venue.clock.at += timedelta(hours=7)

        report = venue.broker.test_connection()
        assert (report.ok, report.has_expired) == (False, True)
        assert "authenticating refresh token" in str(report.reason)
        assert venue.login not in str(report.reason)
        with pytest.raises(AuthenticationFailed):
            venue.broker.place(venue.order())

    def test_a_foreign_account_is_told_from_a_foreign_order(self, venue: SchwabVenue) -> None:
        """I-29: a login reaches its own accounts; another application's secret opens nothing."""
        placed = venue.broker.place(venue.order())
        venue.world.schwab.open_account("87654321", "mallory")
        in_process = HttpPool(EmulatorTransport(venue.world.hosts()))
        login = venue.world.schwab.sign_in(CLIENT_ID, "mallory")
        stranger = schwab(in_process, venue.clock, login, account="87654321")
        trespasser = schwab(in_process, venue.clock, login)
        impostor = schwab(in_process, venue.clock, venue.login, client_secret="another-secret")

        with pytest.raises(UnknownOrder):
            stranger.read_order(placed.broker_order_id)
        for refused in (trespasser, impostor):
            with pytest.raises(AuthenticationFailed):
                refused.positions()

    def test_a_list_that_is_cut_off_is_no_list(self, venue: SchwabVenue) -> None:
        """I-06: where an order may be missing, nothing is concluded."""
        rows = [{"orderId": number, "status": "FILLED"} for number in range(3000)]
        venue.arm("status", code=200, body=json.dumps(rows), match={"method": "GET", "path": "/orders"})
        with pytest.raises(OutcomeUnknown, match="cut off"):
            venue.broker.list_orders()
