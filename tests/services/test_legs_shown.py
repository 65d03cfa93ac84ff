"""W-02: a structure's legs as their owner reads them: each with its own mark and Greeks."""

from typing import Any, cast
from uuid import UUID

import pytest

from chalicelib.services.reading import trade_view
from tests.services.stage import Stage
from tests.services.test_structures import vertical


def test_each_leg_is_shown_with_its_own_mark_and_greeks_while_it_is_held(stage: Stage) -> None:
    """The structure's price is made of its legs' prices; what has ended has no market any more."""
    placed = stage.place(vertical(stage))
    shown = trade_view.detail(stage.env, "alice", UUID(placed["id"]))
    sold, bought = marks_shown(shown)

    assert [mark["symbol"] for mark in (sold, bought)] == [leg["symbol"] for leg in placed["legs"]]
    assert shown["current_price"] == pytest.approx(bought["current_price"] - sold["current_price"])
    assert sold["delta"] < bought["delta"] < 0
    assert {"gamma", "theta", "vega"} <= sold.keys()

    closed = stage.close_trade(placed).trade
    ended = marks_shown(trade_view.detail(stage.env, "alice", UUID(closed["id"])))

    assert [(mark["current_price"], mark["delta"]) for mark in ended] == [(None, None)] * 2


def marks_shown(trade: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    """Return a trade's legs' marks as its owner reads them."""
    return cast("list[dict[str, Any]]", trade["leg_marks"])
