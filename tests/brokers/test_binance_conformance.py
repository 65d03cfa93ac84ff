"""BinanceBroker keeps the law of brokers, against the signed emulator over real HTTP (C-06).

The law was written for options: what has no meaning for a coin is skipped by what the exchange says it can,
and prices are moved as far as an option's would be.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.brokers.binance.broker import BinanceBroker
from chalicelib.brokers.binance.client import BinanceTrading
from chalicelib.brokers.binance.credentials import BinanceCredentials
from chalicelib.brokers.binance.environment import BinanceEnvironment
from chalicelib.brokers.binance.memory import ExchangeMemory
from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder, Unsupported
from chalicelib.brokers.interface import Broker, BrokerOrder, Hours, OrderRequest
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import AuthenticationFailed, Outcome, OutcomeUnknown, RateLimited, VendorClosed
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.binance.trading.orders import CoinBook
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from tests.brokers.conformance import OPEN_AT_TEN, BrokerConformance, Venue, WorldClock
from tests.brokers.support import OpenBudget, ed25519_pair

ACCOUNT = "354937868"
KEY, SECRET = "k" * 64, "s" * 64
#: A pair that takes stops at market, so that what a stop leaps over still sells.
PAIR = "SOLUSDT"
#: How much further than a coin an option's price goes.
LEVERAGE = 25


class BinanceVenue(Venue):
    """The testnet's emulator behind a socket, in an account that pays its fees in BNB."""

    ticker = PAIR

    def __init__(self, world: World, clock: WorldClock, url: str, http: HttpPool) -> None:
        self.clock, self.world, self.url, self.http = clock, world, url, http
        self.budget = OpenBudget(left=10_000)
        self.symbol = PAIR
        self._tags = 0
        self.broker = self.other()
        self.spot = self.touch()[0]

    @property
    def book(self) -> CoinBook:
        return self.world.binance_testnet.desk.book(ACCOUNT)

    def other(self, *, secret: str = SECRET, key: str = KEY) -> Broker:
        environment = BinanceEnvironment(
            mode=BrokerMode.BINANCE_TESTNET,
            base_url=self.url,
            credentials=BinanceCredentials(api_key=key, api_secret=secret),
        )
        memory = ExchangeMemory()
        client = BinanceTrading(
            environment, memory=memory, budget=self.budget, clock=self.clock, http=self.http
        )
        return BinanceBroker(
            client, ACCOUNT, memory=memory, clock=self.clock, symbols=lambda: (PAIR, "BTCUSDT")
        )

    def touch(self) -> tuple[Decimal, Decimal]:
        quote = self.world.simulated.crypto.quote(self.symbol, self.clock.at)
        return Decimal(f"{quote.bid:.2f}"), Decimal(f"{quote.ask:.2f}")

    def order(self, kind: OrderType = OrderType.MARKET, quantity: int = 2, **more: object) -> OrderRequest:
        price = more.get("limit_price")
        if isinstance(price, Decimal) and price < 1:
            more["limit_price"] = (self.spot / 2).quantize(Decimal("0.01"))  # the filter lets no less stand
        return super().order(kind, quantity, **({"instrument": Instrument.CRYPTO} | more))

    def jump(self, fraction: str) -> None:
        self.advance(seconds=61)
        price = float(self.spot) * (1 + (float(fraction) - 1) * LEVERAGE)
        self.world.simulated.crypto.bend(self.symbol, [(0.0, price)], self.clock.at)
        self.advance(seconds=1)

    def arm(self, kind: str, **more: object) -> None:
        self.world.faults.arm_from({"vendor": "binance", "kind": kind, **more})

    def buy_partly(self) -> BrokerOrder:
        self.arm("partial_fill", fraction=0.5)
        return self.broker.read_order(self.broker.place(self.order(quantity=4)).broker_order_id)


@pytest.fixture
def venue() -> Iterator[BinanceVenue]:
    """Ten in the morning in New York, which no coin knows of."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    book = world.binance_testnet.desk.add_account(
        ACCOUNT, key=KEY, secret=SECRET, balances={"USDT": Decimal(10_000), "BNB": Decimal(10)}
    )
    book.pays_in_bnb = True
    server = EmulatorServer(world.binance_testnet, hold_seconds=0.05).start()
    http = HttpPool()
    yield BinanceVenue(world, clock, server.url, http)
    http.close()
    server.stop()


def at(venue: Venue) -> BinanceVenue:
    """Return the exchange that the law is tried at."""
    assert isinstance(venue, BinanceVenue)
    return venue


def held(venue: Venue) -> dict[str, Decimal]:
    """Return what is held beside what pays the fees."""
    return {one.symbol: one.quantity for one in venue.broker.positions() if one.symbol != "BNBUSDT"}


class TestBinance(BrokerConformance):
    """The numbered cases."""

    def test_bc_01_a_market_buy_fills_at_the_ask(self, venue: Venue) -> None:
        _, ask = venue.touch()
        placed = venue.broker.place(venue.order())

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.filled_quantity, order.avg_fill_price) == (
            OrderStatus.FILLED,
            Decimal(2),
            to_price(ask),
        )
        assert held(venue) == {PAIR: Decimal(2)}

    def test_bc_02_a_market_sell_fills_at_the_bid(self, venue: Venue) -> None:
        venue.hold()
        bid, _ = venue.touch()
        placed = venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, to_price(bid))
        assert held(venue) == {}

    def test_bc_07_a_part_fills_and_the_rest_works_on(self, venue: Venue) -> None:
        order = venue.buy_partly()

        assert order.status is OrderStatus.PARTIALLY_FILLED
        assert 0 < order.filled_quantity < order.quantity
        assert held(venue) == {PAIR: order.filled_quantity}

    def test_bc_13_tags_come_back_as_they_were_sent(self, venue: Venue) -> None:
        """A tag of ours is longer than the exchange takes: it travels packed (36 characters)."""
        tag = "pt-0a1b2c3d-4e5f6a7b-0198c0de-0000-7000-8000-0123456789ab"
        placed = venue.broker.place(venue.order(tag=tag))
        assert venue.other().read_order(placed.broker_order_id).tag == tag
        assert len(at(venue).book.orders[max(at(venue).book.orders)].client_id) <= 36

        protected = venue.broker.place_oco(
            venue.oco((venue.spot / 2).quantize(Decimal(1)), (venue.spot * 2).quantize(Decimal(1)))
        )
        assert {one.tag for one in venue.other().read_order(protected.broker_order_id).alternatives} == {
            f"bc-{at(venue)._tags}"
        }

    @pytest.mark.parametrize(
        "broken",
        [
            {"tag": "under_score"},
            {"tag": "x" * 40},
            {"quantity": Decimal(0)},
            {"type": OrderType.LIMIT},
            {"type": OrderType.STOP, "side": OrderSide.SELL_TO_CLOSE},
            {"duration": Duration.GTC},
            {"side": OrderSide.SELL_TO_OPEN},
            {"instrument": Instrument.EQUITY},
            {"quantity": Decimal("0.0001")},
            {"type": OrderType.LIMIT, "limit_price": Decimal("100.001")},
            {"type": OrderType.LIMIT, "limit_price": Decimal(100), "quantity": Decimal("0.01")},
        ],
    )
    def test_bc_14_what_cannot_be_sent_is_not(self, venue: Venue, broken: dict[str, Any]) -> None:
        """Filters are checked here first: a refusal that is known costs no call (C-06)."""
        request = OrderRequest(**({name: getattr(venue.order(), name) for name in _FIELDS} | broken))
        with pytest.raises((Unsupported, Refused)) as caught:
            venue.broker.place(request)

        assert caught.value.outcome in {Outcome.NOT_SENT, Outcome.REFUSED}
        assert not at(venue).book.orders

    def test_bc_15_nothing_is_sold_that_is_not_held(self, venue: Venue) -> None:
        with pytest.raises(InsufficientFunds):
            venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))

        assert held(venue) == {}

    def test_bc_17_without_buying_power_the_refusal_says_so(self, venue: Venue) -> None:
        with pytest.raises(InsufficientFunds) as caught:
            venue.broker.place(venue.order(quantity=9000))

        assert "insufficient balance" in caught.value.reason
        assert held(venue) == {}

    def test_bc_18_an_expired_or_unknown_contract_is_refused(self, venue: Venue) -> None:
        for symbol in ("NOSUCHUSDT", "SPY"):
            with pytest.raises(Refused):
                venue.broker.place(venue.order(symbol=symbol))

    def test_bc_19_outside_the_session_nothing_fills(self, venue: Venue) -> None:
        assert venue.broker.capabilities.hours is Hours.ALWAYS
        pytest.skip("coins trade at all hours")

    def test_bc_20_a_day_order_expires_at_the_close(self, venue: Venue) -> None:
        assert venue.broker.capabilities.hours is Hours.ALWAYS
        pytest.skip("no day ends at the exchange: whoever asked for one ends its orders")

    def test_bc_21_a_day_order_expires_at_an_early_close(self, venue: Venue) -> None:
        assert venue.broker.capabilities.hours is Hours.ALWAYS
        pytest.skip("likewise")

    def test_bc_26_stop_and_target_too_near_are_not_sent(self, venue: Venue) -> None:
        assert venue.broker.capabilities.min_oco_distance == 0
        pytest.skip("any distance will do")

    def test_bc_27_a_stop_that_the_market_has_passed_is_refused(self, venue: Venue) -> None:
        venue.hold()
        bid, _ = venue.touch()

        with pytest.raises(Refused) as caught:
            venue.broker.place_oco(venue.oco(bid + Decimal(1), bid * 2))
        assert "relationship of the prices" in caught.value.reason

    def test_bc_29_expired_contracts_hold_nothing(self, venue: Venue) -> None:
        pytest.skip("a coin does not expire")

    def test_bc_30_money_moves_by_price_times_hundred_and_fees(self, venue: Venue) -> None:
        """Here by price times quantity; fees go from what pays them, and are told in dollars."""
        before = venue.broker.balance().cash
        _, ask = venue.touch()
        placed = venue.broker.place(venue.order())
        order, after = venue.broker.read_order(placed.broker_order_id), venue.broker.balance().cash

        assert before is not None
        assert after is not None
        assert before - after == ask * 2
        assert order.fees is not None
        assert abs(order.fees - ask * 2 * Decimal("0.00075")) < Decimal("0.01")

    def test_bc_31_yesterdays_ended_orders_leave_the_list_and_can_still_be_read(self, venue: Venue) -> None:
        """A list of all days is asked for what moved in the last day alone."""
        assert not venue.broker.capabilities.lists_today_only
        placed = venue.broker.place(venue.order())
        venue.move_to(OPEN_AT_TEN + timedelta(hours=25))

        assert venue.broker.list_orders().orders == ()
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    @pytest.mark.parametrize(("fraction", "winner"), [("1.05", OrderType.LIMIT), ("0.97", OrderType.STOP)])
    def test_bc_24_the_winner_of_an_oco_cancels_the_loser(
        self, venue: Venue, fraction: str, winner: OrderType
    ) -> None:
        placed = venue.protect()
        venue.jump(fraction)

        parent = venue.broker.read_order(placed.broker_order_id)
        assert parent.status is OrderStatus.FILLED
        assert {leg.type: leg.status for leg in parent.alternatives} == {
            winner: OrderStatus.FILLED,
            next(kind for kind in (OrderType.LIMIT, OrderType.STOP) if kind is not winner): (
                OrderStatus.CANCELED
            ),
        }
        assert {one.symbol for one in venue.broker.positions()} == {"BNBUSDT"}

    # What is this exchange's own.

    def test_a_fee_in_the_coin_itself_is_no_holding(self, venue: BinanceVenue) -> None:
        """C-06: user trades as fills with fee assets; what is kept in kind never comes to be held."""
        venue.book.pays_in_bnb = False
        _, ask = venue.touch()
        placed = venue.broker.place(venue.order())
        order = venue.broker.read_order(placed.broker_order_id)

        assert order.status is OrderStatus.FILLED
        assert (order.filled_quantity, order.withheld_quantity) == (Decimal("1.998"), Decimal("0.002"))
        assert order.fees == to_price(ask * Decimal("0.002"))
        sold = venue.broker.place(
            venue.order(side=OrderSide.SELL_TO_CLOSE, quantity=order.filled_quantity)  # type: ignore[arg-type]
        )
        assert venue.broker.read_order(sold.broker_order_id).status is OrderStatus.FILLED

    @pytest.mark.parametrize("kind", ["timeout_after", "malformed"])
    def test_an_answer_lost_after_the_order_was_taken_is_found_by_our_own_id(
        self, venue: BinanceVenue, kind: str
    ) -> None:
        """C-06, I-05: an unknown outcome is settled by our client id, and nothing is sent again."""
        venue.broker.list_orders()
        venue.arm(kind, match={"method": "POST"})
        placed = venue.broker.place(venue.order())

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert len(venue.book.orders) == 1

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "timeout_before"},
            {"kind": "drop_connection"},
            {"kind": "status", "code": 504, "body": {"code": -1007, "msg": "Timeout waiting for response."}},
            {"kind": "status", "code": 503, "body": ""},
        ],
    )
    def test_an_order_that_is_not_found_is_unknown_and_not_sent_again(
        self, venue: BinanceVenue, fault: dict[str, Any]
    ) -> None:
        """C-06: 5XX and -1007 leave the outcome open."""
        venue.arm(**fault, match={"method": "POST"})
        with pytest.raises(OutcomeUnknown):
            venue.broker.place(venue.order())

        assert not venue.book.orders
        assert venue.world.binance_testnet.calls()["by_endpoint"]["POST /api/v3/order"] == 1  # type: ignore[index]

    @pytest.mark.parametrize("status", [418, 429])
    def test_a_ban_is_honored_by_everybody(self, venue: BinanceVenue, status: int) -> None:
        """C-06: bans hold for all functions; nobody asks again before they end."""
        banned = {"code": -1003, "msg": "Way too much request weight used; IP banned."}
        venue.broker.list_orders()
        venue.arm("status", code=status, body=banned, headers={"Retry-After": "90"})
        with pytest.raises(RateLimited):
            venue.broker.place(venue.order())
        with pytest.raises(VendorClosed):
            venue.other().list_orders()
        venue.advance(seconds=91)

        assert venue.broker.list_orders().orders == ()

    def test_too_many_orders_hold_up_this_accounts_orders_alone(self, venue: BinanceVenue) -> None:
        body = {"code": -1015, "msg": "Too many new orders; current limit is 50 orders per 10 SECOND."}
        venue.arm("status", code=429, body=body, headers={"Retry-After": "7"}, match={"method": "POST"})
        with pytest.raises(RateLimited):
            venue.broker.place(venue.order())

        assert venue.broker.list_orders().orders == ()
        assert len(venue.budget.closed) == 1

    def test_a_clock_that_is_off_is_measured_and_the_order_sent_once(self, venue: BinanceVenue) -> None:
        """C-06: server-time offset; a refusal for the clock has done nothing."""
        venue.broker.list_orders()
        late = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
        venue.arm("status", code=400, body=late, match={"method": "POST"})
        placed = venue.broker.place(venue.order())

        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        assert len(venue.book.orders) == 1

    def test_a_region_that_is_not_served_is_named(self, venue: BinanceVenue) -> None:
        """C-06: 451 is said in plain words."""
        venue.arm(
            "status", code=451, body={"code": 0, "msg": "Service unavailable from a restricted location"}
        )
        with pytest.raises(Refused) as caught:
            venue.broker.list_orders()

        assert caught.value.reason == "Binance is not available from this region"

    def test_an_ed25519_key_trades_in_the_account_as_a_secret_does(self, venue: BinanceVenue) -> None:
        """C-06: the private key stays here, the exchange has the public one."""
        public, private = ed25519_pair()
        venue.world.binance_testnet.desk.add_account(ACCOUNT, key="e" * 64, public_key=public)
        by_key = venue.other(key="e" * 64, secret=private)
        placed = by_key.place(venue.order())

        assert by_key.test_connection().account_id == ACCOUNT
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED
        with pytest.raises(AuthenticationFailed):
            venue.other(key="e" * 64, secret=ed25519_pair()[1]).balance()

    def test_a_wrong_secret_and_a_strange_key_are_told_apart_from_nothing(self, venue: BinanceVenue) -> None:
        for broker in (venue.other(secret="x" * 64), venue.other(key="y" * 64)):
            with pytest.raises(AuthenticationFailed):
                broker.list_orders()
            report = broker.test_connection()
            assert (report.ok, report.account_id) == (False, ACCOUNT)

    def test_a_stop_limit_that_is_leapt_over_is_told_as_triggered(self, venue: BinanceVenue) -> None:
        """C-06: where only stop-limit exists its limit lies 0.5 % beyond; a gap leaves it unfilled."""
        venue.symbol = "BTCUSDT"
        venue.spot, _ = venue.touch()
        venue.hold(quantity=Decimal("0.01"))  # type: ignore[arg-type]
        stop = (venue.spot * Decimal("0.9")).quantize(Decimal(1))
        request = venue.order(
            OrderType.STOP,
            side=OrderSide.SELL_TO_CLOSE,
            stop_price=stop,
            duration=Duration.GTC,
            quantity=Decimal("0.01"),  # type: ignore[arg-type]
        )
        placed = venue.broker.place(request)
        shown = venue.broker.read_order(placed.broker_order_id)
        assert (shown.type, shown.stop_price, shown.limit_price, shown.triggered_at) == (
            OrderType.STOP,
            stop,
            None,
            None,
        )
        venue.advance(seconds=61)
        venue.world.simulated.crypto.bend(venue.symbol, [(0.0, float(venue.spot) / 2)], venue.clock.at)
        venue.advance(seconds=1)

        shown = venue.broker.read_order(placed.broker_order_id)
        assert (shown.status, shown.triggered_at) == (OrderStatus.OPEN, venue.clock.at)

    def test_what_is_of_another_pair_is_not_taken_for_it(self, venue: BinanceVenue) -> None:
        """The exchange numbers orders by pair: an id of ours names the pair."""
        placed = venue.broker.place(venue.order())
        with pytest.raises(UnknownOrder):
            venue.broker.read_order(placed.broker_order_id.replace(PAIR, "BTCUSDT"))


_FIELDS = tuple(OrderRequest.__dataclass_fields__)
