"""B-05: what an entry fills unevenly is given back at once and its owner told; what is whole is kept."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pytest

from infra.local.emulators.brokerage.following import Follower
from infra.local.emulators.brokerage.orders import Order as EmulatedOrder
from infra.local.emulators.brokerage.orders import Status
from tests.services.stage import Stage
from tests.services.test_entry_walks import Seen, entered, entries, natural, steps, walking
from tests.services.test_structures import vertical


def fills_unevenly(monkeypatch: pytest.MonkeyPatch, *filled: int) -> None:
    """Let the vendor fill the next combined order leg by leg, so many of each, and nothing more of it."""
    struck: list[EmulatedOrder] = []
    whole = Follower.record_units

    def record(
        self: Follower, order: EmulatedOrder, units: int, prices: Sequence[Decimal], at: datetime
    ) -> None:
        if struck:
            whole(self, order, units, prices, at)
            return
        struck.append(order)
        for leg, quantity, price in zip(order.legs, filled, prices, strict=True):
            if quantity:
                self.record(leg, quantity, price, at)
        order.filled = sum(leg.filled for leg in order.legs)
        order.status, order.fill_cap = Status.PARTIALLY_FILLED, 0

    monkeypatch.setattr(Follower, "record_units", record)


def lopsided(stage: Stage, monkeypatch: pytest.MonkeyPatch, *filled: int, qty: int = 2) -> Seen:
    """Enter two legs of which the vendor fills so many."""
    fills_unevenly(monkeypatch, *filled)
    at_once = natural(stage, vertical(stage))
    return entered(stage, walking(stage, str(at_once), str(at_once + Decimal("0.30")), qty=qty))


def told(stage: Stage) -> list[str]:
    """Return the alerts of it, by severity."""
    return [row.severity for row in stage.query("select severity from alerts where kind = 'unbalanced_fill'")]


@pytest.mark.parametrize("filled", [(2, 0), (0, 2), (1, 0)], ids=["short alone", "long alone", "one of two"])
def test_a_leg_alone_is_given_back_and_the_entry_fails(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, filled: tuple[int, int]
) -> None:
    """B-05: by an aggressive limit, never at market; the trade holds nothing and says what it cost (I-13)."""
    trade = lopsided(stage, monkeypatch, *filled)
    steps(stage, 2)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"], now["open_qty"]) == ("CLOSED", "STRATEGY_EXIT", 0)
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [0, 0]
    assert len(entries(stage, trade)) == 1, "no step follows"
    (back,) = [one for one in now["orders"] if one["role"] == "EXIT"]
    assert (back["type"], back["quantity"]) == ("limit", max(filled))
    assert told(stage) == ["critical"]
    rows = stage.query(
        "select sum(case when is_buy then -1 else 1 end * quantity * price * 100 - fees) as cash from fills"
    )
    assert Decimal(str(now["realized_pnl"])) == round(rows[0].cash, 2)


def test_what_is_whole_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: only the legs that are unbalanced are flattened."""
    trade = lopsided(stage, monkeypatch, 3, 1, qty=4)
    steps(stage, 2)

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) == ("OPEN", 1)
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [-1, 1]
    assert [leg["quantity"] for leg in now["legs"]] == [1, 1]
    assert told(stage) == ["critical"]
    steps(stage, 3)
    assert len([one for one in now["orders"] if one["role"] == "EXIT"]) == 1

    closed = stage.close_trade(stage.trade(trade)).trade
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [0, 0]


def test_a_refused_order_to_give_it_back_goes_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-28: a minute later, until nothing uneven is held."""
    fills_unevenly(monkeypatch, 2, 0)
    at_once = natural(stage, vertical(stage))
    stage.fault("slow", seconds=0)
    stage.fault("status", code=400, body='{"errors": {"error": ["no"]}}')
    trade = entered(stage, walking(stage, str(at_once), str(at_once + Decimal("0.30")), qty=2))
    exits = [one["status"] for one in stage.trade(trade)["orders"] if one["role"] == "EXIT"]
    assert exits == ["REJECTED"]
    stage.sync()

    exits = [one["status"] for one in stage.trade(trade)["orders"] if one["role"] == "EXIT"]
    assert exits == ["REJECTED", "FILLED"]
    assert stage.trade(trade)["status"] == "CLOSED"


def test_an_exit_that_leaves_a_leg_is_told_and_the_leg_leaves_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-38: what one leg filled beyond the other is booked; what is left is closed by itself."""
    trade = stage.place(vertical(stage, qty=2))
    fills_unevenly(monkeypatch, 2, 0)
    stage.close_trade(trade)
    stage.sync(after=61)
    assert told(stage) == ["critical"]
    assert [stage.held(leg["symbol"]) for leg in trade["legs"]] == [0, 2]

    closed = stage.close_trade(stage.trade(trade)).trade
    assert closed["status"] == "CLOSED"
    assert [stage.held(leg["symbol"]) for leg in trade["legs"]] == [0, 0]
