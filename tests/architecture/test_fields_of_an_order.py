"""An order's fields are those of `Order`; the row, and the facts that change, are held to them.

A column that one of them lacks, or takes for another type, fails here and not at a user.
"""

import dataclasses
from dataclasses import replace
from decimal import Decimal
from typing import Final, get_type_hints

from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import Duration, Order, OrderRole, OrderStatus
from chalicelib.store.schema import orders
from tests.domain.support import OPEN_TRADE, an_order

#: What an intent is stored with, and stays so: what was asked for.
OF_ITS_ROW: Final = {
    *("id", "username", "trade_id", "role", "tag", "type", "side", "symbol", "quantity"),
    *("limit_price", "stop_price", "duration", "created_at", "target_no"),
}


def test_every_column_of_an_order_is_a_field_of_it() -> None:
    assert {column.name for column in orders.c} == {field.name for field in dataclasses.fields(Order)}


def test_each_field_is_a_fact_that_changes_or_was_asked_for() -> None:
    """A new field cannot be left out in silence: a step may write it, or it is told here that none does."""
    changing = OrderFacts.__annotations__.keys()

    assert changing | OF_ITS_ROW == {field.name for field in dataclasses.fields(Order)}
    assert not changing & OF_ITS_ROW


def test_facts_that_change_have_the_types_of_their_fields() -> None:
    of_an_order = get_type_hints(Order)

    for name, wanted in get_type_hints(OrderFacts).items():
        assert of_an_order[name] == wanted, name


def test_a_request_asks_for_each_thing_that_its_order_was_stored_with() -> None:
    """A field of the request that the conversion forgets would be its default, and leave for a broker so."""
    (leg,) = OPEN_TRADE.legs
    trade = replace(OPEN_TRADE, legs=(replace(leg, instrument=Instrument.EQUITY),))
    order = replace(
        an_order(OrderRole.EXIT, OrderStatus.INTENT),
        limit_price=Decimal(3),
        stop_price=Decimal(4),
        duration=Duration.GTC,
    )

    asked = dataclasses.asdict(OrderRequest.of(order, trade))

    of_the_trade = {
        "underlying": trade.ticker,
        "instrument": Instrument.EQUITY,
        "originator": trade.originator,
        "market_override": False,
        "held_since": trade.entry_date,
    }
    assert asked == of_the_trade | {name: getattr(order, name) for name in asked.keys() - of_the_trade.keys()}


def test_a_bracket_asks_for_both_its_orders_under_their_one_tag() -> None:
    stop = an_order(OrderRole.STOP_LOSS, OrderStatus.INTENT)
    target = an_order(OrderRole.TAKE_PROFIT, OrderStatus.INTENT)

    assert OcoRequest.of(stop, target, OPEN_TRADE) == OcoRequest(
        tag=stop.tag,
        underlying=OPEN_TRADE.ticker,
        symbol=stop.symbol,
        side=stop.side,
        quantity=stop.quantity,
        stop_price=Decimal(4),
        target_price=Decimal(8),
        held_since=OPEN_TRADE.entry_date,
    )
