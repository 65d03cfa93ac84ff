"""An order's fields are those of `Order`; the row, and the facts that change, are held to them.

A column that one of them lacks, or takes for another type, fails here and not at a user.
"""

import dataclasses
from typing import Final, get_type_hints

from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import Order
from chalicelib.store.schema import orders

#: What an intent is stored with, and stays so: what was asked for.
OF_ITS_ROW: Final = {
    *("id", "username", "trade_id", "role", "tag", "type", "side", "symbol", "quantity"),
    *("limit_price", "stop_price", "duration", "created_at"),
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
