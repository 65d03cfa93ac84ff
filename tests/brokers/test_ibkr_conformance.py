"""IbkrBroker keeps the law of brokers, against the emulator over real HTTP (B-10)."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.brokers.interface import Broker, BrokerOrder
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import OrderStatus, OrderType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorUnreachable
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.ibkr.app import IbkrEmulator
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.combined_conformance import CombinedConformance, OutsideConformance
from tests.brokers.combined_venue import OutsideVenue
from tests.brokers.conformance import BrokerConformance, tradier_data
from tests.brokers.ibkr_support import ACCOUNT, MemoryContracts, MovingClock, credentials, ibkr
from tests.brokers.market_conformance import MarketConformance
from tests.brokers.support import CountedRandomness, OpenBudget


class IbkrVenue(OutsideVenue):
    """The emulator behind a socket; quotes of the same market are Tradier's."""

    says_not_held = "nothing to close"
    says_passed = "trigger and fill immediately"

    def __init__(self, world: World, clock: MovingClock, url: str, http: HttpPool) -> None:
        self.url = url
        self._http = http
        self.known = MemoryContracts()
        self._budget = OpenBudget(left=100_000)
        self._randomness = CountedRandomness()
        self.clock = clock
        super().__init__(clock, world, tradier_data(world, clock), self.other())

    @property
    def emulator(self) -> IbkrEmulator:
        """The vendor."""
        return self.world.ibkr

    def other(self) -> Broker:
        return ibkr(
            self._http,
            self.clock,
            url=self.url,
            known=self.known,
            budget=self._budget,
            randomness=self._randomness,
        )

    def arm(self, kind: str, **more: object) -> None:
        """Arm one fault."""
        self.world.faults.arm_from({"vendor": "ibkr", "kind": kind, **more})

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
def venue() -> Iterator[IbkrVenue]:
    """Ten in the morning of a trading day."""
    clock = MovingClock()
    world = World.create(7, clock, lambda _seconds: None)
    clock.world = world
    world.ibkr.open_account(ACCOUNT, credentials())
    server = EmulatorServer(world.ibkr, hold_seconds=0.05).start()
    http = HttpPool()
    made = IbkrVenue(world, clock, f"{server.url}/v1/api", http)
    made.broker.list_orders()  # the first look of a session waits, and prices move meanwhile
    made.advance(seconds=6)
    yield made
    http.close()
    server.stop()


class TestIbkr(BrokerConformance, CombinedConformance, OutsideConformance, MarketConformance):
    """The numbered cases."""

    def test_an_answer_lost_after_the_order_was_taken_is_unknown_and_found_by_our_reference(
        self, venue: IbkrVenue
    ) -> None:
        """A-12, I-05: looked for and never sent again; a reference that comes twice is refused there."""
        for kind in ("timeout_after", "malformed"):
            venue.arm(kind, match={"method": "POST", "path": "/orders"})
            request = venue.order()
            with pytest.raises(OutcomeUnknown):
                venue.broker.place(request)
            (found,) = [one for one in venue.broker.list_orders().orders if one.tag == request.tag]
            assert (found.status, found.side) == (OrderStatus.FILLED, OrderSide.BUY_TO_OPEN)
            with pytest.raises(Refused, match="Local order ID"):
                venue.broker.place(request)

    def test_a_lost_answer_to_an_oco_is_found_by_the_references_of_its_halves(self, venue: IbkrVenue) -> None:
        """A-12: both halves bear the tag."""
        venue.hold()
        bid, _ = venue.touch()
        wanted = venue.oco((bid / 2).quantize(bid), (bid * 2).quantize(bid))
        venue.arm("timeout_after", match={"method": "POST", "path": "/orders"})
        with pytest.raises(OutcomeUnknown):
            venue.broker.place_oco(wanted)

        (found,) = [order for order in venue.broker.list_orders().orders if order.tag == wanted.tag]
        assert {leg.status for leg in found.alternatives} == {OrderStatus.OPEN}

    def test_the_vendor_nets_and_the_adapter_does_not(self, venue: IbkrVenue) -> None:
        """I-08: a sale of what is not held would open a short there; to open one must be said."""
        with pytest.raises(Refused, match="would open a position instead"):
            venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))
        venue.broker.place(venue.order(side=OrderSide.SELL_TO_OPEN, quantity=1))

        assert [held.quantity for held in venue.broker.positions()] == [Decimal(-1)]

    def test_an_exit_does_not_wait_for_a_look_that_fails(self, venue: IbkrVenue) -> None:
        """A-12: what is missing blocks no exit."""
        venue.hold()
        venue.arm("status", code=502, body="", times=3, match={"method": "GET", "path": "/positions/"})
        sale = venue.order(side=OrderSide.SELL_TO_CLOSE)
        placed = venue.broker.place(sale, urgency=Urgency.EXIT)

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    def test_questions_in_the_table_are_confirmed_where_they_are_asked_all_the_same(
        self, venue: IbkrVenue
    ) -> None:
        """B-10: answered by rule; market order, stop order and a price far off, one after the other."""
        venue.emulator.order_desk.forgets_suppressions = True
        venue.hold()
        bid, _ = venue.touch()
        placed = venue.broker.place_oco(venue.oco((bid / 2).quantize(bid), (bid * 2).quantize(bid)))

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.OPEN

    def test_any_other_question_is_declined_and_told(self, venue: IbkrVenue) -> None:
        """B-10: never blindly; nothing is left at the broker."""
        venue.emulator.order_desk.more_questions = [("o451", "The value exceeds the limit of 25,000 USD.")]
        with pytest.raises(Refused, match="exceeds the limit of 25,000 USD"):
            venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()
        assert venue.broker.positions() == ()

    def test_a_question_whose_answer_is_lost_leaves_the_fate_unknown(self, venue: IbkrVenue) -> None:
        """A-12: settled by the list, whether the order was taken or not."""
        venue.broker.positions()
        for kind, count in (("timeout_after", 1), ("timeout_before", 0)):
            venue.emulator.order_desk.forgets_suppressions = True
            venue.arm(kind, match={"method": "POST", "path": "/reply"})
            request = venue.order()
            with pytest.raises(OutcomeUnknown):
                venue.broker.place(request)
            found = [one for one in venue.broker.list_orders().orders if one.tag == request.tag]
            assert len(found) == count

    def test_a_session_that_ended_is_opened_anew_and_the_order_goes_once(self, venue: IbkrVenue) -> None:
        """B-10: six idle minutes, or the vendor's night."""
        venue.broker.positions()
        venue.hold(quantity=1)
        venue.emulator.sessions.end_all()
        request = venue.order(quantity=1)
        venue.broker.place(request)

        listed = venue.broker.list_orders().orders
        assert [one.tag for one in listed].count(request.tag) == 1
        assert venue.emulator.sessions.begun == 2

    def test_a_live_session_token_that_ended_is_exchanged_anew(self, venue: IbkrVenue) -> None:
        venue.hold(quantity=1)
        venue.emulator.consumers.end_tokens()
        placed = venue.broker.place(venue.order(quantity=1))

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert venue.emulator.consumers.exchanges == 2

    def test_who_is_signed_in_elsewhere_keeps_the_session_but_for_an_exit(self, venue: IbkrVenue) -> None:
        """B-10: one session of a user name; an entry waits, and says why; an exit takes it."""
        venue.hold()
        username = f"user-of-{credentials().consumer_key}"
        venue.emulator.sessions.elsewhere.add(username)
        with pytest.raises(VendorUnreachable, match="signed in elsewhere"):
            venue.broker.place(venue.order())
        sale = venue.order(side=OrderSide.SELL_TO_CLOSE)
        placed = venue.broker.place(sale, urgency=Urgency.EXIT)

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert venue.emulator.sessions.elsewhere == set()

    def test_an_order_whose_token_could_not_be_had_was_not_sent(self, venue: IbkrVenue) -> None:
        """A-12: what is unknown of an exchange is known of the order."""
        venue.emulator.consumers.end_tokens()
        venue.arm("timeout_after", match={"method": "POST", "path": "/oauth"})
        with pytest.raises(VendorUnreachable):
            venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()

    def test_a_429_is_never_repeated_for_an_order(self, venue: IbkrVenue) -> None:
        venue.hold(quantity=1)
        venue.arm("status", code=429, body="", times=1, match={"method": "POST", "path": "/orders"})
        request = venue.order()
        with pytest.raises(RateLimited):
            venue.broker.place(request)

        assert request.tag not in {one.tag for one in venue.broker.list_orders().orders}

    def test_conids_are_found_once_whoever_asks(self, venue: IbkrVenue) -> None:
        """B-10: one search and one question for a contract's life."""
        venue.hold(quantity=1)
        before = venue.emulator.calls()["by_endpoint"]
        venue.other().place(venue.order(quantity=1))
        after = venue.emulator.calls()["by_endpoint"]

        assert isinstance(before, dict)
        assert isinstance(after, dict)
        for path in ("GET /iserver/secdef/search", "GET /iserver/secdef/info"):
            assert before[path] == after[path] == 1

    def test_an_order_of_another_contract_is_shown_by_its_number(self, venue: IbkrVenue) -> None:
        """W-03: what its owner trades by hand there is listed, and is none of ours."""
        in_process = HttpPool(EmulatorTransport(venue.world.hosts()))
        by_hand = ibkr(in_process, venue.clock, randomness=venue._randomness)
        by_hand.place(venue.order(OrderType.LIMIT, limit_price=Decimal("0.05"), tag="by-hand"))
        (found,) = venue.broker.list_orders().orders

        assert (found.symbol or "").startswith("conid-")

    def test_a_revoked_access_token_is_a_report_and_refuses_orders(self, venue: IbkrVenue) -> None:
        venue.hold(quantity=1)
        venue.arm("expire_token", account=ACCOUNT)

        report = venue.broker.test_connection()
        assert report.ok is False
        with pytest.raises(AuthenticationFailed):
            venue.broker.place(venue.order())

    def test_nothing_is_sent_to_an_account_that_is_not_paper(self, venue: IbkrVenue) -> None:
        """I-29: paper and live share a host, so the account's own name decides."""
        http = HttpPool(EmulatorTransport(venue.world.hosts()))
        venue.emulator.open_account("U7654321", credentials("LIVECONSX"))
        live = ibkr(http, venue.clock, account="U7654321", given=credentials("LIVECONSX"))

        assert live.test_connection().reason == "This is not a paper account: those begin with DU"
        with pytest.raises(AuthenticationFailed, match="not a paper account"):
            live.place(venue.order())

    def test_a_foreign_account_is_told_from_a_foreign_order(self, venue: IbkrVenue) -> None:
        """I-29: an access token opens its own accounts."""
        placed = venue.broker.place(venue.order())
        venue.emulator.open_account("DU7654321", credentials("OTHERCONS"))
        http = HttpPool(EmulatorTransport(venue.world.hosts()))
        stranger = ibkr(http, venue.clock, account="DU7654321", given=credentials("OTHERCONS"))
        trespasser = ibkr(http, venue.clock, given=credentials("OTHERCONS"))

        with pytest.raises(UnknownOrder):
            stranger.read_order(placed.broker_order_id.partition("~")[0])
        with pytest.raises(AuthenticationFailed):
            trespasser.positions()

    def test_of_a_group_of_which_one_half_is_refused_nothing_is_left(self, venue: IbkrVenue) -> None:
        """A-04: never half a bracket, and the reason is told."""
        venue.hold()
        venue.emulator.order_desk.refuses_second_half = True
        bid, _ = venue.touch()
        wanted = venue.oco((bid / 2).quantize(bid), (bid * 2).quantize(bid))
        with pytest.raises(Refused, match="exceeds the allowed number"):
            venue.broker.place_oco(wanted)

        (half,) = [one for one in venue.broker.list_orders().orders if one.tag == wanted.tag]
        assert half.status is OrderStatus.CANCELED

    def test_without_funds_the_vendors_words_are_told(self, venue: IbkrVenue) -> None:
        with pytest.raises(InsufficientFunds, match="INITIAL MARGIN"):
            venue.broker.place(replace(venue.order(), quantity=Decimal(9000)))

    def test_executions_told_twice_count_once(self, venue: IbkrVenue) -> None:
        """I-07."""
        venue.arm("fill_twice")
        order = venue.opened()

        assert {leg.filled_quantity for leg in order.legs} == {Decimal(2)}
        assert order.avg_fill_price is not None
        venue.advance(seconds=6)
        assert venue.broker.read_order(order.broker_order_id) == order
