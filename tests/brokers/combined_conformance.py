"""The law of combined orders that every broker keeps (W-01, W-02; ADR 0030): whole, or not at all.

Goes on where tests/brokers/conformance.py ends. The structure of the tests is a put spread sold for a credit,
unless a case says otherwise.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final  # Any: a test may break any field

import pytest

from chalicelib.brokers.errors import AlreadyFinal, InsufficientFunds, Refused, Unsupported
from chalicelib.brokers.interface import Placed, RequestLeg
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Duration, OrderStatus, OrderType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import Outcome, OutcomeUnknown
from tests.brokers.combined_venue import CombinedVenue, OutsideVenue, closing

AFTER_THE_CLOSE: Final = datetime(2026, 2, 18, 22, 0, tzinfo=UTC)


class CombinedConformance:
    """Inherit with a fixture `venue` beside the law of single orders; the numbers are stable."""

    def test_bc_33_a_combined_order_fills_whole_at_its_natural_price(self, venue: CombinedVenue) -> None:
        request = venue.combined()
        order = venue.read(venue.broker.place_combined(request))

        assert (order.status, order.quantity, order.filled_quantity) == (
            OrderStatus.FILLED,
            Decimal(2),
            Decimal(2),
        )
        assert (order.limit_price, order.avg_fill_price) == (request.net_price, request.net_price)
        assert request.net_price is not None
        assert request.net_price < 0, "it is paid"
        assert (order.type, order.duration, order.alternatives) == (OrderType.LIMIT, Duration.DAY, ())

    def test_bc_34_each_leg_fills_at_its_side(self, venue: CombinedVenue) -> None:
        legs = venue.spread()
        sides = [venue.side_of(leg) for leg in legs]
        order = venue.opened(legs)

        assert [(leg.symbol, leg.side, leg.filled_quantity, leg.avg_fill_price) for leg in order.legs] == [
            (leg.symbol, leg.side, Decimal(2), to_price(price))
            for leg, price in zip(legs, sides, strict=True)
        ]

    def test_bc_35_a_cent_better_than_natural_rests(self, venue: CombinedVenue) -> None:
        request = venue.combined(net_price=venue.natural(venue.spread()) - Decimal("0.01"))
        order = venue.read(venue.broker.place_combined(request))

        assert (order.status, order.filled_quantity, order.avg_fill_price) == (OrderStatus.OPEN, ZERO, None)
        assert {leg.filled_quantity for leg in order.legs} == {ZERO}
        assert venue.held() == {}

    def test_bc_36_a_worse_limit_fills_at_the_better_price(self, venue: CombinedVenue) -> None:
        natural = venue.natural(venue.spread())
        order = venue.read(venue.broker.place_combined(venue.combined(net_price=natural + Decimal("0.05"))))

        assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, to_price(natural))

    def test_bc_37_it_rests_until_all_legs_together_reach_its_price(self, venue: CombinedVenue) -> None:
        limit = venue.natural(venue.spread()) - Decimal("0.50")
        placed = venue.broker.place_combined(venue.combined(net_price=limit))
        assert venue.read(placed).status is OrderStatus.OPEN
        venue.jump("0.97")
        order = venue.read(placed)

        assert order.status is OrderStatus.FILLED
        assert order.avg_fill_price is not None
        assert order.avg_fill_price <= limit
        short, long = venue.spread()
        assert venue.held() == {short.symbol: Decimal(-2), long.symbol: Decimal(2)}

    def test_bc_38_a_part_is_whole_units_of_every_leg(self, venue: CombinedVenue) -> None:
        """W-01: never a structure with a leg missing."""
        order = venue.open_partly()

        assert order.status is OrderStatus.PARTIALLY_FILLED
        assert 0 < order.filled_quantity < order.quantity
        assert {leg.filled_quantity for leg in order.legs} == {order.filled_quantity}
        assert venue.held() == {
            leg.symbol: leg.filled_quantity * (1 if leg.side.is_buy else -1) for leg in order.legs
        }

    def test_bc_39_a_cancel_of_the_rest_keeps_the_units_that_filled(self, venue: CombinedVenue) -> None:
        order = venue.open_partly()
        venue.broker.cancel(order.broker_order_id)
        ended = venue.broker.read_order(order.broker_order_id)

        assert (ended.status, ended.filled_quantity) == (OrderStatus.CANCELED, order.filled_quantity)
        assert ended.avg_fill_price == order.avg_fill_price
        assert [leg.filled_quantity for leg in ended.legs] == [leg.filled_quantity for leg in order.legs]

    def test_bc_40_a_cancel_that_lost_to_the_fill_says_filled(self, venue: CombinedVenue) -> None:
        order = venue.opened()
        with pytest.raises(AlreadyFinal) as caught:
            venue.broker.cancel(order.broker_order_id)

        assert caught.value.reason.endswith("filled")
        assert venue.broker.read_order(order.broker_order_id) == order

    def test_bc_41_the_next_step_of_a_walk_is_a_new_order_after_a_confirmed_cancel(
        self, venue: CombinedVenue
    ) -> None:
        """ADR 0030: one working order at a time; all steps together fill what one was for."""
        natural = venue.natural(venue.spread())
        steps = [natural - Decimal("0.10"), natural - Decimal("0.05"), natural]
        placed: list[Placed] = []
        for price in steps:
            if placed:
                venue.broker.cancel(placed[-1].broker_order_id)
                assert venue.read(placed[-1]).status is OrderStatus.CANCELED
            placed.append(venue.broker.place_combined(venue.combined(net_price=price)))

        assert [venue.read(one).status for one in placed] == [
            OrderStatus.CANCELED,
            OrderStatus.CANCELED,
            OrderStatus.FILLED,
        ]
        assert sorted(venue.held().values()) == [Decimal(-2), Decimal(2)]

    def test_bc_42_the_list_shows_it_with_its_legs_and_another_instance_the_same(
        self, venue: CombinedVenue
    ) -> None:
        request = venue.combined(net_price=venue.natural(venue.spread()) - Decimal(5))
        placed = venue.broker.place_combined(request)
        venue.opened()
        (listed,) = [one for one in venue.broker.list_orders().orders if one.tag == request.tag]

        assert listed == venue.read(placed) == venue.other().read_order(placed.broker_order_id)
        assert [(leg.symbol, leg.side) for leg in listed.legs] == [
            (leg.symbol, leg.side) for leg in request.legs
        ]
        assert venue.other().list_orders().orders == venue.broker.list_orders().orders

    def test_bc_43_a_combined_order_closes_what_one_opened(self, venue: CombinedVenue) -> None:
        """An exit is sent as an exit, at what one pays to leave."""
        venue.opened()
        request = venue.combined(closing(venue.spread()))
        assert request.net_price is not None
        assert request.net_price > 0, "leaving costs money"
        placed = venue.broker.place_combined(request, urgency=Urgency.EXIT)

        assert venue.read(placed).avg_fill_price == to_price(request.net_price)
        assert venue.held() == {}

    def test_bc_44_a_part_of_the_units_can_be_closed(self, venue: CombinedVenue) -> None:
        venue.opened(quantity=3)
        request = venue.combined(closing(venue.spread()), quantity=Decimal(1))
        venue.broker.place_combined(request, urgency=Urgency.EXIT)

        assert sorted(venue.held().values()) == [Decimal(-2), Decimal(2)]

    def test_bc_45_nothing_is_closed_that_is_not_held_nor_twice(self, venue: CombinedVenue) -> None:
        """I-08: what a working exit is to close is spoken for."""
        exit_ = closing(venue.spread())
        with pytest.raises(Refused):
            venue.broker.place_combined(venue.combined(exit_))
        venue.opened()
        with pytest.raises(Refused):
            venue.broker.place_combined(venue.combined(exit_, quantity=Decimal(3)))
        venue.broker.place_combined(venue.combined(exit_, net_price=Decimal("0.01")))
        with pytest.raises(Refused):
            venue.broker.place_combined(venue.combined(exit_))

        assert sorted(venue.held().values()) == [Decimal(-2), Decimal(2)]

    def test_bc_46_without_buying_power_the_refusal_says_so(self, venue: CombinedVenue) -> None:
        with pytest.raises(InsufficientFunds) as caught:
            venue.broker.place_combined(venue.combined(quantity=Decimal(2000)))

        assert "buying power" in caught.value.reason
        assert venue.held() == {}
        assert venue.broker.list_orders().orders == ()

    def test_bc_47_units_are_counted_whatever_the_ratios(self, venue: CombinedVenue) -> None:
        """Two butterflies are two units of four contracts."""
        legs = venue.butterfly()
        order = venue.opened(legs)

        assert (order.quantity, order.filled_quantity) == (Decimal(2), Decimal(2))
        assert [leg.filled_quantity for leg in order.legs] == [2, 4, 2]
        assert venue.held() == {
            leg.symbol: Decimal(2 * leg.ratio * (1 if leg.side.is_buy else -1)) for leg in legs
        }

    def test_bc_48_money_moves_by_the_net_price_and_the_fees_of_each_leg(self, venue: CombinedVenue) -> None:
        before = venue.cash()
        order = venue.opened()

        assert order.avg_fill_price is not None
        assert venue.cash() - before == -order.avg_fill_price * 200 - 4 * venue.fee

    def test_bc_49_shares_and_a_call_are_one_order(self, venue: CombinedVenue) -> None:
        """A hundred shares and a call are one unit; its price is per share."""
        legs = (
            RequestLeg(
                symbol=venue.ticker, side=OrderSide.BUY_TO_OPEN, ratio=100, instrument=Instrument.EQUITY
            ),
            RequestLeg(symbol=venue.symbol, side=OrderSide.SELL_TO_OPEN, ratio=1),
        )
        request = venue.combined(legs, quantity=Decimal(1))
        assert request.net_price is not None
        before = venue.cash()
        order = venue.read(venue.broker.place_combined(request))

        assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, to_price(request.net_price))
        assert venue.held() == {venue.ticker: Decimal(100), venue.symbol: Decimal(-1)}
        assert before - venue.cash() == request.net_price * 100 + venue.fee
        exit_ = venue.combined(closing(legs), quantity=Decimal(1))
        venue.broker.place_combined(exit_, urgency=Urgency.EXIT)
        assert venue.held() == {}

    def test_bc_50_outside_the_session_nothing_fills(self, venue: CombinedVenue) -> None:
        venue.move_to(AFTER_THE_CLOSE)
        order = venue.read(venue.broker.place_combined(venue.combined(net_price=Decimal("5.00"))))

        assert (order.status, order.filled_quantity) == (OrderStatus.PENDING, ZERO)

    def test_bc_51_it_ends_at_the_close(self, venue: CombinedVenue) -> None:
        natural = venue.natural(venue.spread())
        placed = venue.broker.place_combined(venue.combined(net_price=natural - Decimal(5)))
        venue.move_to(datetime(2026, 2, 18, 21, 1, tzinfo=UTC))
        order = venue.read(placed)

        assert (order.status, order.filled_quantity) == (OrderStatus.EXPIRED, ZERO)

    @pytest.mark.parametrize(
        "broken",
        [
            {"tag": "under_score"},
            {"quantity": Decimal("0.5")},
            {"quantity": Decimal(0)},
            {"net_price": Decimal("-1.234")},
            {"net_price": Decimal("Infinity")},
            {"duration": Duration.GTC},
            {"legs": slice(0, 1)},
            {"legs": slice(0, 0)},
        ],
    )
    def test_bc_52_what_cannot_be_sent_is_not(self, venue: CombinedVenue, broken: dict[str, Any]) -> None:
        request = venue.combined()
        cut = broken.get("legs")
        changes = {"legs": request.legs[cut]} if isinstance(cut, slice) else broken
        with pytest.raises(Unsupported) as caught:
            venue.broker.place_combined(replace(request, **changes))

        assert caught.value.outcome is Outcome.NOT_SENT
        assert venue.broker.list_orders().orders == ()

    def test_bc_53_legs_that_are_no_structure_are_not_sent(self, venue: CombinedVenue) -> None:
        short, long = venue.spread()
        for legs in (
            (short, short),
            (replace(short, ratio=2), replace(long, ratio=2)),
            (replace(short, ratio=0), long),
            (*venue.butterfly(), short, long),
        ):
            with pytest.raises(Unsupported):
                venue.broker.place_combined(venue.combined(legs, net_price=Decimal("-0.10")))

        assert venue.broker.list_orders().orders == ()

    def test_bc_54_an_expired_or_unknown_leg_refuses_the_whole(self, venue: CombinedVenue) -> None:
        short, long = venue.spread()
        for symbol in ("SPY200117P00300000", "SPYNONSENSE"):
            request = venue.combined((short, replace(long, symbol=symbol)), net_price=Decimal("-0.10"))
            with pytest.raises(Refused):
                venue.broker.place_combined(request)

        assert venue.held() == {}


class OutsideConformance:
    """What can happen to combined orders at a broker outside; inherit beside the law of all."""

    def test_bc_60_a_lost_answer_is_unknown_and_settled_by_the_tag(self, venue: OutsideVenue) -> None:
        """A-12, I-05: found in the list, once, with all its legs; never sent again."""
        request = venue.combined()
        venue.lose_the_next_answer()
        with pytest.raises(OutcomeUnknown):
            venue.broker.place_combined(request)
        (found,) = [one for one in venue.other().list_orders().orders if one.tag == request.tag]

        assert (found.status, found.quantity, found.limit_price) == (
            OrderStatus.FILLED,
            request.quantity,
            request.net_price,
        )
        assert [leg.symbol for leg in found.legs] == [leg.symbol for leg in request.legs]
        assert sorted(venue.held().values()) == [Decimal(-2), Decimal(2)]

    def test_bc_61_a_late_rejection_is_read_back_with_its_reason(self, venue: OutsideVenue) -> None:
        venue.reject_the_next_late()
        placed = venue.broker.place_combined(venue.combined())
        venue.advance(seconds=1)
        order = venue.read(placed)

        assert (order.status, order.filled_quantity) == (OrderStatus.REJECTED, ZERO)
        assert order.reason
        assert venue.held() == {}

    def test_bc_62_an_acknowledged_cancel_is_no_verdict(self, venue: OutsideVenue) -> None:
        """The next step of a walk waits for what reading shows: here there is none to take."""
        natural = venue.natural(venue.spread())
        placed = venue.broker.place_combined(venue.combined(net_price=natural - Decimal("0.20")))
        venue.lose_the_next_cancel()
        venue.broker.cancel(placed.broker_order_id)
        order = venue.read(placed)

        assert order.status not in LIVE
        assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal(2))
        assert order.avg_fill_price is not None
        assert order.avg_fill_price <= natural - Decimal("0.20")
        assert sorted(venue.held().values()) == [Decimal(-2), Decimal(2)]
