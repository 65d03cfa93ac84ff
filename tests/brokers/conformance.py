"""The law that every broker keeps, in numbered cases; tests/brokers/test_*_conformance.py give it a venue."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any  # a test may break any field

import pytest

from chalicelib.brokers.errors import AlreadyFinal, InsufficientFunds, Refused, UnknownOrder, Unsupported
from chalicelib.brokers.interface import Broker, BrokerOrder, OcoRequest, OrderRequest, Placed
from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.marketdata.interface import MarketData
from chalicelib.marketdata.tradier_data import TradierData
from chalicelib.vendors.errors import Outcome
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.support import OpenBudget, sandbox

OPEN_AT_TEN = datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
ACCOUNT = "VA00000001"
TOKEN = "sandbox-token"


@dataclass
class WorldClock:
    """Product time for a world and for what is tested on it; a wait takes no time."""

    at: datetime = OPEN_AT_TEN
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.at

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def real_seconds_since(self, product_instant: datetime) -> float:
        return (self.at - product_instant).total_seconds()

    def monotonic(self) -> float:
        return monotonic()


class Venue(ABC):
    """A broker over a simulated market whose clock and prices the test holds."""

    ticker = "SPY"
    #: What its broker says of a sale of what is not held.
    says_not_held = "Sell to Close order cannot be placed"
    #: What its broker says of a stop that the market has passed.
    says_passed = "less than the Bid"

    def __init__(self, clock: WorldClock, world: World, quotes: MarketData, broker: Broker) -> None:
        self.clock = clock
        self.world = world
        self.quotes = quotes
        self.broker = broker
        self._tags = 0
        self.expiry = quotes.expirations(self.ticker)[3]
        spot = quotes.underlying_quotes([self.ticker])[0].last
        assert spot is not None
        chain = quotes.chain(self.ticker, [self.expiry])
        calls = [symbol for symbol in chain.quotes if symbol[-9] == "C"]
        self.symbol = min(calls, key=lambda symbol: abs(int(symbol[-8:]) - int(spot * 1000)))
        self.spot = spot

    @abstractmethod
    def buy_partly(self) -> BrokerOrder:
        """Return a market buy of which a part has filled and the rest works on."""

    @abstractmethod
    def other(self) -> Broker:
        """Return the same account through another instance, as the next function would."""

    def touch(self) -> tuple[Decimal, Decimal]:
        """Return bid and ask of the contract now."""
        quote = self.quotes.option_quotes(self.ticker, [self.symbol]).quotes[self.symbol]
        assert quote.bid is not None
        assert quote.ask is not None
        return quote.bid, quote.ask

    def advance(self, **span: float) -> None:
        """Move the clock, and the world with it."""
        self.move_to(self.clock.at + timedelta(**span))

    def move_to(self, at: datetime) -> None:
        """Move the clock to an instant."""
        self.clock.at = at
        self.world.catch_up()

    def jump(self, fraction: str) -> None:
        """Have the underlying jump to a part of its first price, and a minute pass for a new quote."""
        self.advance(seconds=61)
        self.world.simulated.jump(self.ticker, float(self.spot * Decimal(fraction)))
        self.world.catch_up()

    def order(self, kind: OrderType = OrderType.MARKET, quantity: int = 2, **more: object) -> OrderRequest:
        """Build an order with a tag of its own."""
        self._tags += 1
        fields: dict[str, object] = {
            "tag": f"bc-{self._tags}",
            "underlying": self.ticker,
            "symbol": self.symbol,
            "side": OrderSide.BUY_TO_OPEN,
            "quantity": Decimal(quantity),
            "type": kind,
            "duration": Duration.DAY,
        }
        return OrderRequest(**(fields | more))  # type: ignore[arg-type]  # a test may break any field

    def hold(self, quantity: int = 2) -> None:
        """Buy at market and see it filled."""
        placed = self.broker.place(self.order(quantity=quantity))
        assert self.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    def oco(self, stop: Decimal, target: Decimal, quantity: int = 2) -> OcoRequest:
        """Build an OCO with a tag of its own."""
        self._tags += 1
        return OcoRequest(
            tag=f"bc-{self._tags}",
            underlying=self.ticker,
            symbol=self.symbol,
            side=OrderSide.SELL_TO_CLOSE,
            quantity=Decimal(quantity),
            stop_price=stop,
            target_price=target,
        )

    def protect(self, quantity: int = 2) -> Placed:
        """Hold and protect by an OCO at half and twice the bid."""
        self.hold(quantity)
        bid, _ = self.touch()
        return self.broker.place_oco(self.oco(cents(bid / 2), cents(bid * 2), quantity))


def cents(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.01"))


def tradier_data(world: World, clock: WorldClock) -> TradierData:
    """Return Tradier's quotes of the world, in the same process."""
    world.sandbox.add_account("VA00000099", "data-token")
    client = TradierClient(
        sandbox("https://sandbox.tradier.com", "data-token"),
        budget=OpenBudget(),
        clock=clock,
        http=HttpPool(EmulatorTransport(world.hosts())),
    )
    return TradierData(client, clock)


class BrokerConformance:
    """Inherit with a fixture `venue`; the numbers are stable."""

    def test_bc_01_a_market_buy_fills_at_the_ask(self, venue: Venue) -> None:
        _, ask = venue.touch()
        placed = venue.broker.place(venue.order())

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.filled_quantity, order.avg_fill_price) == (
            OrderStatus.FILLED,
            Decimal(2),
            to_price(ask),
        )
        assert [(held.symbol, held.quantity) for held in venue.broker.positions()] == [
            (venue.symbol, Decimal(2))
        ]

    def test_bc_02_a_market_sell_fills_at_the_bid(self, venue: Venue) -> None:
        venue.hold()
        bid, _ = venue.touch()
        placed = venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, to_price(bid))
        assert venue.broker.positions() == ()

    def test_bc_03_a_limit_at_the_other_side_fills_at_once_and_never_worse(self, venue: Venue) -> None:
        _, ask = venue.touch()
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=ask + Decimal("0.05")))

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, to_price(ask))

    def test_bc_04_a_limit_waits_until_the_other_side_reaches_it(self, venue: Venue) -> None:
        bid, _ = venue.touch()
        limit = cents(bid * Decimal("0.6"))
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=limit, duration=Duration.GTC))
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.OPEN
        venue.jump("0.97")

        order = venue.broker.read_order(placed.broker_order_id)
        assert order.status is OrderStatus.FILLED
        assert order.avg_fill_price is not None
        assert order.avg_fill_price <= limit

    def test_bc_05_a_limit_never_fills_between_the_sides(self, venue: Venue) -> None:
        bid, ask = venue.touch()
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=ask - Decimal("0.01")))
        assert bid < ask - Decimal("0.01") or bid == ask - Decimal("0.01")

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.filled_quantity) == (OrderStatus.OPEN, ZERO)

    def test_bc_06_a_stop_that_the_market_jumps_over_fills_at_the_worse_price(self, venue: Venue) -> None:
        venue.hold()
        bid, _ = venue.touch()
        stop = cents(bid * Decimal("0.9"))
        request = venue.order(
            OrderType.STOP, side=OrderSide.SELL_TO_CLOSE, stop_price=stop, duration=Duration.GTC
        )
        placed = venue.broker.place(request)
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.OPEN
        venue.jump("0.97")

        order = venue.broker.read_order(placed.broker_order_id)
        assert order.status is OrderStatus.FILLED
        assert order.avg_fill_price is not None
        assert order.avg_fill_price < stop

    def test_bc_07_a_part_fills_and_the_rest_works_on(self, venue: Venue) -> None:
        order = venue.buy_partly()

        assert order.status is OrderStatus.PARTIALLY_FILLED
        assert 0 < order.filled_quantity < order.quantity
        (held,) = venue.broker.positions()
        assert held.quantity == order.filled_quantity

    def test_bc_08_a_cancel_of_the_rest_keeps_what_was_filled(self, venue: Venue) -> None:
        order = venue.buy_partly()
        venue.broker.cancel(order.broker_order_id)

        ended = venue.broker.read_order(order.broker_order_id)
        assert ended.status is OrderStatus.CANCELED
        assert ended.filled_quantity == order.filled_quantity

    def test_bc_09_a_cancel_that_lost_to_the_fill_says_filled(self, venue: Venue) -> None:
        placed = venue.broker.place(venue.order())
        with pytest.raises(AlreadyFinal) as caught:
            venue.broker.cancel(placed.broker_order_id)

        assert caught.value.reason.endswith("filled")
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    def test_bc_10_a_second_cancel_says_canceled(self, venue: Venue) -> None:
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=Decimal("0.05")))
        venue.broker.cancel(placed.broker_order_id)
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.CANCELED

        with pytest.raises(AlreadyFinal) as caught:
            venue.broker.cancel(placed.broker_order_id)
        assert caught.value.reason.endswith("canceled")

    def test_bc_11_an_order_that_is_not_ours_is_unknown(self, venue: Venue) -> None:
        for strange in ("99999999", "00000000-0000-7000-8000-000000000000", "no-such-order"):
            with pytest.raises(UnknownOrder):
                venue.broker.read_order(strange)
            with pytest.raises(UnknownOrder):
                venue.broker.cancel(strange)

    def test_bc_12_the_list_holds_every_order_of_the_day_with_its_tag(self, venue: Venue) -> None:
        tags = {}
        for _ in range(30):
            request = venue.order(OrderType.LIMIT, quantity=1, limit_price=Decimal("0.01"))
            tags[venue.broker.place(request).broker_order_id] = request.tag
            venue.advance(seconds=3)
        venue.broker.cancel(next(iter(tags)))

        listed = venue.broker.list_orders()
        assert {order.broker_order_id: order.tag for order in listed.orders} == tags
        assert listed.read_at == venue.clock.at

    def test_bc_13_tags_come_back_as_they_were_sent(self, venue: Venue) -> None:
        tag = "0198-Aa" * 30
        placed = venue.broker.place(venue.order(tag=tag))

        assert venue.other().read_order(placed.broker_order_id).tag == tag

    @pytest.mark.parametrize(
        "broken",
        [
            {"tag": "under_score"},
            {"tag": "x" * 256},
            {"quantity": Decimal("0.5")},
            {"quantity": Decimal(0)},
            {"type": OrderType.LIMIT},
            {"type": OrderType.LIMIT, "limit_price": Decimal("1.234")},
            {"type": OrderType.STOP, "side": OrderSide.SELL_TO_CLOSE},
            {"duration": Duration.GTC},
        ],
    )
    def test_bc_14_what_cannot_be_sent_is_not(self, venue: Venue, broken: dict[str, Any]) -> None:
        request = replace(venue.order(), **broken)
        with pytest.raises(Unsupported) as caught:
            venue.broker.place(request)

        assert caught.value.outcome is Outcome.NOT_SENT
        assert venue.broker.list_orders().orders == ()

    def test_bc_15_nothing_is_sold_that_is_not_held(self, venue: Venue) -> None:
        with pytest.raises(Refused) as caught:
            venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))

        assert venue.says_not_held in caught.value.reason
        assert venue.broker.positions() == ()

    def test_bc_16_what_working_sells_hold_cannot_be_sold_again(self, venue: Venue) -> None:
        venue.protect()

        with pytest.raises(Refused):
            venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))
        with pytest.raises(Refused):
            venue.broker.place_oco(venue.oco(Decimal("0.05"), Decimal(999)))

    def test_bc_17_without_buying_power_the_refusal_says_so(self, venue: Venue) -> None:
        with pytest.raises(InsufficientFunds) as caught:
            venue.broker.place(venue.order(quantity=9000))

        assert "buying power" in caught.value.reason
        assert venue.broker.positions() == ()

    def test_bc_18_an_expired_or_unknown_contract_is_refused(self, venue: Venue) -> None:
        for symbol in ("SPY200117C00300000", "SPYNONSENSE"):
            with pytest.raises(Refused):
                venue.broker.place(venue.order(symbol=symbol))

    def test_bc_19_outside_the_session_nothing_fills(self, venue: Venue) -> None:
        venue.move_to(datetime(2026, 2, 18, 22, 0, tzinfo=UTC))
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=Decimal(500), quantity=1))

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.filled_quantity) == (OrderStatus.PENDING, ZERO)

    def test_bc_20_a_day_order_expires_at_the_close(self, venue: Venue) -> None:
        placed = venue.broker.place(venue.order(OrderType.LIMIT, limit_price=Decimal("0.05")))
        venue.move_to(datetime(2026, 2, 18, 21, 1, tzinfo=UTC))

        order = venue.broker.read_order(placed.broker_order_id)
        assert (order.status, order.filled_quantity) == (OrderStatus.EXPIRED, ZERO)

    def test_bc_21_a_day_order_expires_at_an_early_close(self, venue: Venue) -> None:
        """The day after Thanksgiving closes at 13:00 New York."""
        venue.move_to(datetime(2026, 2, 18, 15, 0, tzinfo=UTC))
        friday = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
        venue.move_to(friday)
        expiry = venue.quotes.expirations(venue.ticker)[2]
        chain = venue.quotes.chain(venue.ticker, [expiry])
        symbol = next(iter(chain.quotes))
        placed = venue.broker.place(
            venue.order(OrderType.LIMIT, symbol=symbol, limit_price=Decimal("0.01"), quantity=1)
        )
        live = {OrderStatus.OPEN, OrderStatus.FILLED}
        assert venue.broker.read_order(placed.broker_order_id).status in live
        venue.move_to(friday + timedelta(hours=2, minutes=1))

        assert venue.broker.read_order(placed.broker_order_id).status in {
            OrderStatus.EXPIRED,
            OrderStatus.FILLED,
        }

    def test_bc_22_protection_stays_over_days(self, venue: Venue) -> None:
        placed = venue.protect()
        venue.move_to(datetime(2026, 2, 19, 15, 0, tzinfo=UTC))

        (listed,) = [
            order
            for order in venue.broker.list_orders().orders
            if order.broker_order_id == placed.broker_order_id
        ]
        assert {leg.status for leg in listed.alternatives} == {OrderStatus.OPEN}
        assert {leg.duration for leg in listed.alternatives} == {Duration.GTC}

    def test_bc_23_an_oco_is_a_parent_with_a_target_and_a_stop(self, venue: Venue) -> None:
        placed = venue.protect()

        parent = venue.broker.read_order(placed.broker_order_id)
        assert (parent.side, parent.type, parent.limit_price, parent.stop_price) == (None, None, None, None)
        assert sorted(leg.type or "" for leg in parent.alternatives) == ["limit", "stop"]
        assert {leg.tag for leg in parent.alternatives} == {parent.tag}
        assert {leg.symbol for leg in parent.alternatives} == {venue.symbol}
        assert {leg.quantity for leg in parent.alternatives} == {Decimal(2)}
        assert len({leg.broker_order_id for leg in parent.alternatives} | {parent.broker_order_id}) == 3

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
        assert venue.broker.positions() == ()

    def test_bc_25_cancelling_an_oco_ends_both_and_frees_what_is_held(self, venue: Venue) -> None:
        placed = venue.protect()
        venue.broker.cancel(placed.broker_order_id)

        parent = venue.broker.read_order(placed.broker_order_id)
        assert {one.status for one in (parent, *parent.alternatives)} == {OrderStatus.CANCELED}
        sold = venue.broker.place(venue.order(side=OrderSide.SELL_TO_CLOSE))
        assert venue.broker.read_order(sold.broker_order_id).status is OrderStatus.FILLED

    def test_bc_26_stop_and_target_too_near_are_not_sent(self, venue: Venue) -> None:
        venue.hold()
        near = Decimal("1.00") + venue.broker.capabilities.min_oco_distance - Decimal("0.01")

        with pytest.raises(Unsupported):
            venue.broker.place_oco(venue.oco(Decimal("1.00"), near))

    def test_bc_27_a_stop_that_the_market_has_passed_is_refused(self, venue: Venue) -> None:
        venue.hold()
        bid, _ = venue.touch()

        with pytest.raises(Refused) as caught:
            venue.broker.place_oco(venue.oco(bid + Decimal("0.01"), bid * 2))
        assert venue.says_passed in caught.value.reason

    def test_bc_28_another_instance_sees_the_same(self, venue: Venue) -> None:
        placed = venue.protect()

        other = venue.other()
        assert other.read_order(placed.broker_order_id) == venue.broker.read_order(placed.broker_order_id)
        assert other.positions() == venue.broker.positions()
        assert other.list_orders().orders == venue.broker.list_orders().orders

    def test_bc_29_expired_contracts_hold_nothing(self, venue: Venue) -> None:
        venue.protect()
        expired = datetime.combine(venue.expiry, OPEN_AT_TEN.timetz()) + timedelta(days=1)
        venue.move_to(expired)

        assert venue.broker.positions() == ()
        assert [
            order for order in venue.broker.list_orders().orders if order.status is OrderStatus.OPEN
        ] == []

    def test_bc_30_money_moves_by_price_times_hundred_and_fees(self, venue: Venue) -> None:
        before = venue.broker.balance().cash
        _, ask = venue.touch()
        venue.hold()
        after = venue.broker.balance().cash

        assert before is not None
        assert after is not None
        assert before - after == ask * 200 + 2 * venue.broker.capabilities.commission.to_open

    def test_bc_31_yesterdays_ended_orders_leave_the_list_and_can_still_be_read(self, venue: Venue) -> None:
        assert venue.broker.capabilities.lists_today_only
        placed = venue.broker.place(venue.order())
        venue.move_to(datetime(2026, 2, 19, 15, 0, tzinfo=UTC))

        assert venue.broker.list_orders().orders == ()
        assert venue.broker.read_order(placed.broker_order_id).status is OrderStatus.FILLED

    def test_bc_32_the_connection_can_be_tested(self, venue: Venue) -> None:
        report = venue.broker.test_connection()

        assert (report.ok, report.status, report.reason) == (True, "active", None)
