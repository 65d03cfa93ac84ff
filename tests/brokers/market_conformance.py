"""The law of market orders that every broker keeps (B-05, B-10): the desk's never leave, but by an override.

Enforced where orders leave, whoever builds them. Goes on where tests/brokers/combined_conformance.py ends.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import MarketOrderDisallowed, Unsupported
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import OrderStatus, OrderType
from chalicelib.domain.trading.trades import Originator
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import Outcome
from tests.brokers.combined_venue import CombinedVenue, closing


class MarketConformance:
    """Inherit with a fixture `venue` of a broker as configuration leaves it."""

    def test_bc_70_the_desks_market_order_is_not_sent(self, venue: CombinedVenue) -> None:
        """B-05: refused by the adapter, typed, before anything is sent; to open and to close alike."""
        for side in (OrderSide.BUY_TO_OPEN, OrderSide.SELL_TO_CLOSE):
            with pytest.raises(MarketOrderDisallowed) as caught:
                venue.broker.place(venue.order(side=side, originator=Originator.DESK))
            assert caught.value.outcome is Outcome.NOT_SENT
            assert isinstance(caught.value, Unsupported)

        assert venue.broker.list_orders().orders == ()

    def test_bc_71_its_limits_are(self, venue: CombinedVenue) -> None:
        _, ask = venue.touch()
        order = venue.order(OrderType.LIMIT, limit_price=ask, originator=Originator.DESK)

        assert venue.read(venue.broker.place(order)).status is OrderStatus.FILLED

    @pytest.mark.parametrize("originator", [Originator.PERSON, Originator.AI])
    def test_bc_72_others_may_send_theirs(self, venue: CombinedVenue, originator: Originator) -> None:
        """A-07: a person chooses the order's kind."""
        placed = venue.broker.place(venue.order(originator=originator))

        assert venue.read(placed).status is OrderStatus.FILLED

    @pytest.mark.parametrize("originator", list(Originator))
    def test_bc_73_several_legs_never_leave_at_market_by_themselves(
        self, venue: CombinedVenue, originator: Originator
    ) -> None:
        """W-01, B-10: nobody's, neither to open nor to close."""
        venue.opened()
        asked = venue.combined(closing(venue.spread()), net_price=None)
        before = venue.broker.list_orders().orders
        with pytest.raises(MarketOrderDisallowed):
            venue.broker.place_combined(replace(asked, originator=originator), urgency=Urgency.EXIT)

        assert venue.broker.list_orders().orders == before

    def test_bc_74_an_override_closes_several_legs_at_market(self, venue: CombinedVenue) -> None:
        """B-05, B-06: the last step of a VIX exit; it fills at once at what the market gives."""
        if not venue.broker.capabilities.combined_at_market:
            pytest.skip("this broker has no market orders of several legs, and says so: BC-77")
        venue.opened()
        exit_ = closing(venue.spread())
        natural = venue.natural(exit_)
        asked = venue.combined(exit_, net_price=None, originator=Originator.DESK, market_override=True)
        order = venue.read(venue.broker.place_combined(asked, urgency=Urgency.EXIT))

        assert (order.status, order.type, order.limit_price) == (OrderStatus.FILLED, OrderType.MARKET, None)
        assert order.avg_fill_price == natural
        assert venue.held() == {}

    def test_bc_75_no_override_opens_at_market(self, venue: CombinedVenue) -> None:
        """B-10: a close alone may be."""
        with pytest.raises(MarketOrderDisallowed):
            venue.broker.place_combined(venue.combined(net_price=None, market_override=True))

        assert venue.broker.list_orders().orders == ()

    def test_bc_76_an_override_closes_one_leg_at_market(self, venue: CombinedVenue) -> None:
        placed = venue.broker.place(venue.order())
        assert venue.read(placed).status is OrderStatus.FILLED
        sale = venue.order(side=OrderSide.SELL_TO_CLOSE, originator=Originator.DESK, market_override=True)

        assert venue.read(venue.broker.place(sale, urgency=Urgency.EXIT)).filled_quantity == Decimal(2)

    def test_bc_77_where_there_are_none_several_legs_are_not_sent_at_market(
        self, venue: CombinedVenue
    ) -> None:
        """B-10: stated by its capabilities; whoever asks all the same is told, and nothing leaves."""
        if venue.broker.capabilities.combined_at_market:
            pytest.skip("this broker has market orders of several legs: BC-74")
        venue.opened()
        before = venue.broker.list_orders().orders
        asked = venue.combined(closing(venue.spread()), net_price=None, market_override=True)
        with pytest.raises(Unsupported) as caught:
            venue.broker.place_combined(asked, urgency=Urgency.EXIT)

        assert caught.value.outcome is Outcome.NOT_SENT
        assert venue.broker.list_orders().orders == before
