"""W-03, W-04: a part is closed while the rest stays protected; structures walk to the worst price."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.commands import CloseTrade, PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.jobs import run_job
from chalicelib.services.commands import close_trade
from chalicelib.services.errors import Invalid, RiskLimitReached, StaleVersion, TransitionRefused
from chalicelib.store.database import Database, DatabaseUnavailable, Isolation
from chalicelib.store.engine import open_engine
from infra.local.emulators.brokerage import broker as books
from infra.local.emulators.brokerage.orders import Order as EmulatedOrder
from tests.services.stage import Stage
from tests.services.test_structures import vertical

T = TypeVar("T")
MODES = [BrokerMode.TRADIER_SANDBOX, BrokerMode.PAPER]


class Dying(Database):
    """A database whose process dies before the transaction that comes after so many."""

    left = 0

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        username: str | None,
        isolation: Isolation = Isolation.REPEATABLE_READ,
    ) -> T:
        self._count()
        return super().run(work, username=username, isolation=isolation)

    def by_itself(self, work: Callable[[Connection], T]) -> T:
        self._count()
        return super().by_itself(work)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise DatabaseUnavailable("the process has died")


def lapse(stage: Stage) -> None:
    """Let a dead call's lease run out."""
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(text("update leases set until = '-infinity'"))


def nobody_trades(stage: Stage, monkeypatch: pytest.MonkeyPatch, *, times: int = 50) -> None:
    """Let the next orders rest unfilled at the vendor, those of brackets aside."""

    def cap(order: EmulatedOrder, _: float) -> None:
        if order.order_class == "oco":
            return
        order.fill_cap = 0
        for leg in order.trading_legs():
            leg.fill_cap = 0

    monkeypatch.setattr(books, "cap_fills", cap)
    stage.fault("partial_fill", times=times)


def sales(stage: Stage, trade: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    """Return the exits of a trade."""
    return [order for order in stage.trade(trade)["orders"] if order["role"] == "EXIT"]


@pytest.mark.parametrize("mode", MODES)
def test_a_part_is_sold_and_the_rest_stays_protected(stage: Stage, mode: BrokerMode) -> None:
    """W-03: 200, OPEN with less; the bracket over what is left, at the same prices (I-08, I-12)."""
    stage.set(broker_mode=mode)
    trade = stage.place_bracketed(qty=5)

    closed = stage.close_trade(trade, qty=2)

    assert closed.status == 200
    now = closed.trade
    assert (now["status"], now["open_qty"], now["close_requested_at"]) == ("OPEN", 3, None)
    assert now["realized_pnl"] is not None
    assert (now["sl_price"], now["tp_price"]) == (trade["sl_price"], trade["tp_price"])
    live = [order for order in now["orders"] if order["status"] in {"OPEN", "PENDING"}]
    assert {(order["role"], order["quantity"]) for order in live} == {("STOP_LOSS", 3), ("TAKE_PROFIT", 3)}
    assert [leg["quantity"] for leg in now["legs"]] == [5], "of a single leg what was asked for"
    (target,) = now["targets"]
    assert target["quantity"] == 3

    rest = stage.close_trade(now)

    assert (rest.status, rest.trade["status"], rest.trade["open_qty"]) == (200, "CLOSED", 0)
    assert [order["quantity"] for order in sales(stage, trade)] == [2, 3]


def test_the_rest_is_protected_before_the_part_leaves(stage: Stage) -> None:
    """W-04: never more for sale than is held, and the rest has its stop before the sale."""
    trade = stage.place_bracketed(qty=3)
    stage.close_trade(trade, qty=1)

    left = [order for order in stage.truth() if order.get("side") != "buy_to_open"]
    oco, sale = left[-2], left[-1]
    assert {leg["quantity"] for leg in oco["leg"]} == {2}
    assert (sale["quantity"], sale["status"]) == (1, "filled")
    assert stage.working_sells() == 2


def test_all_that_is_open_is_a_full_close(stage: Stage) -> None:
    """W-03: as many as are open."""
    closed = stage.close_trade(stage.place_bracketed(qty=2), qty=2)

    assert (closed.status, closed.trade["status"]) == (200, "CLOSED")
    assert stage.working_sells() == 0


def test_more_than_is_open_is_refused(stage: Stage) -> None:
    """A part larger than is open names its field; nothing is stored."""
    trade = stage.place_bracketed(qty=2)
    with pytest.raises(Invalid) as refused:
        stage.close_trade(trade, qty=3)

    assert [error.field for error in refused.value.errors] == ["qty"]
    assert stage.trade(trade)["version"] == trade["version"]


def test_a_limit_is_for_several_legs(stage: Stage) -> None:
    """W-03: one leg leaves at the market."""
    with pytest.raises(Invalid) as refused:
        stage.close_trade(stage.place(), limit_price=Decimal("1.00"))

    assert [error.field for error in refused.value.errors] == ["limit_price"]


def test_the_same_version_closes_one_part(stage: Stage) -> None:
    """I-22: twice at once sells once."""
    trade = stage.place_bracketed(qty=4)
    stage.close_trade(trade, qty=1)
    with pytest.raises(StaleVersion):
        stage.close_trade(trade, qty=1)

    assert stage.trade(trade)["open_qty"] == 3


def test_one_part_after_the_other(stage: Stage) -> None:
    """Each part is its own: what the last one sold does not count for the next, be it the same instant."""
    trade = stage.place_bracketed(qty=6)
    for left in (4, 2):
        trade = stage.close_trade(trade, qty=2).trade
        assert trade["open_qty"] == left
    assert stage.working_sells() == 2


def test_a_part_waits_for_the_session(stage: Stage) -> None:
    """A-04: 202, the bracket untouched; sold after the next open."""
    trade = stage.place_bracketed(qty=3)
    stage.advance(8 * 3600)
    asked = stage.close_trade(stage.trade(trade), qty=1)

    assert asked.status == 202
    assert (asked.trade["status"], asked.trade["open_qty"]) == ("OPEN", 3)
    assert asked.trade["close_requested_at"] is not None
    assert stage.working_sells() == 3

    stage.advance(16.5 * 3600)
    stage.sync()
    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], now["close_requested_at"]) == ("OPEN", 2, None)
    assert stage.working_sells() == 2


def test_a_waiting_part_is_withdrawn(stage: Stage) -> None:
    """The request is gone, nothing is sold."""
    trade = stage.place_bracketed(qty=3)
    stage.advance(8 * 3600)
    asked = stage.close_trade(stage.trade(trade), qty=1)
    withdrawn = stage.cancel(asked.trade)

    assert withdrawn.status == 200
    assert withdrawn.trade["close_requested_at"] is None
    stage.advance(16.5 * 3600)
    stage.sync()
    assert stage.trade(trade)["open_qty"] == 3


def test_all_of_it_may_follow_a_part_that_is_not_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exit is never held up by a smaller one: its order is taken back, and all of it leaves."""
    trade = stage.place_bracketed(qty=3)
    nobody_trades(stage, monkeypatch, times=2)
    part = stage.close_trade(trade, qty=1)
    assert (part.status, part.trade["open_qty"]) == (202, 3)
    with pytest.raises(TransitionRefused):
        stage.close_trade(part.trade, qty=1)

    whole = stage.close_trade(part.trade)
    assert (whole.status, whole.trade["status"]) == (200, "CLOSED")
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_a_part_that_works_is_withdrawn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its order is cancelled, the bracket is put back over all of it, and the next close is not given up."""
    trade = stage.place_bracketed(qty=3)
    nobody_trades(stage, monkeypatch, times=2)
    part = stage.close_trade(trade, qty=1)
    withdrawn = stage.cancel(part.trade)

    assert withdrawn.status == 200
    assert withdrawn.trade["open_qty"] == stage.working_sells() == 3
    assert stage.close_trade(withdrawn.trade).trade["status"] == "CLOSED"


def test_a_part_that_does_not_fill_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A-04: after its time the bracket stands over all of it again, and its owner hears of it."""
    trade = stage.place_bracketed(qty=3)
    nobody_trades(stage, monkeypatch, times=2)
    stage.close_trade(trade, qty=1)
    stage.sync(after=61)

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], now["close_requested_at"]) == ("OPEN", 3, None)
    assert stage.working_sells() == 3
    kinds = [row.kind for row in stage.query("select kind from alerts")]
    assert "close_failed" in kinds


def test_a_part_filled_in_part_goes_on_with_the_rest(stage: Stage) -> None:
    """W-03: a reprice never sends the whole quantity after a partial fill; here of one leg."""
    trade = stage.place_bracketed(qty=4)
    stage.fault("partial_fill", fraction=0.5)
    stage.close_trade(trade, qty=2)
    stage.sync(after=61)

    now = stage.trade(trade)
    assert now["open_qty"] in {2, 3}
    assert stage.working_sells() == now["open_qty"]
    assert stage.held(trade["legs"][0]["symbol"]) == now["open_qty"]


def test_an_unsettled_bracket_is_settled_first(stage: Stage) -> None:
    """A lost answer to the resized bracket: nothing is sold before its fate is known (I-05, I-08)."""
    trade = stage.place_bracketed(qty=3)
    stage.fault("timeout_after")
    asked = stage.close_trade(trade, qty=1)

    assert (asked.status, asked.trade["open_qty"], asked.trade["settling"]) == (202, 3, True)
    stage.sync()
    now = stage.trade(trade)
    assert (now["open_qty"], now["settling"]) == (2, False)
    assert stage.working_sells() == 2


def test_a_stop_that_fills_meanwhile_is_booked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The market falls through the stop while the part waits for calls: nothing is sold that is not held."""
    trade = stage.place_bracketed(qty=3)
    nobody_trades(stage, monkeypatch, times=2)
    stage.close_trade(trade, qty=1)
    stage.jump("AAPL", 0.9)
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) == ("CLOSED", 0)
    assert stage.held(trade["legs"][0]["symbol"]) == 0
    assert stage.working_sells() == 0


@pytest.mark.parametrize("calls", range(0, 26, 2))
def test_killed_between_any_two_lines(stage: Stage, calls: int) -> None:
    """I-01, I-28: whoever takes over sells the part once, and the rest has its bracket."""
    trade = stage.place_bracketed(qty=3)
    database = Dying(open_engine(stage.urls.app), stage.clock)
    database.left = calls
    with suppress(DatabaseUnavailable):
        close_trade.close(
            replace(stage.env, database=database),
            "alice",
            UUID(trade["id"]),
            trade["version"],
            command=CloseTrade(qty=Decimal(1)),
        )
    database.dispose()
    lapse(stage)
    asked = stage.trade(trade)["version"] != trade["version"]
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    assert now["open_qty"] == (2 if asked else 3)
    assert stage.held(trade["legs"][0]["symbol"]) == now["open_qty"]
    assert stage.working_sells() == now["open_qty"]
    assert now["close_requested_at"] is None


@pytest.mark.parametrize("mode", MODES[:1])
def test_a_part_of_a_structure(stage: Stage, mode: BrokerMode) -> None:
    """W-03: one combined order for so many structures; each leg holds its share of the rest."""
    stage.set(broker_mode=mode)
    trade = stage.place(vertical(stage, qty=3))
    closed = stage.close_trade(trade, qty=1)

    assert closed.status == 200
    assert (closed.trade["status"], closed.trade["open_qty"]) == ("OPEN", 2)
    assert closed.trade["realized_pnl"] is not None
    (sale,) = sales(stage, trade)
    assert sale["quantity"] == 1
    assert [stage.held(leg["symbol"]) for leg in trade["legs"]] == [-2, 2]
    assert [leg["quantity"] for leg in closed.trade["legs"]] == [2, 2], "what is held of it (W-01)"
    ended = stage.close_trade(closed.trade).trade
    assert (ended["status"], [leg["quantity"] for leg in ended["legs"]]) == ("CLOSED", [3, 3])


def test_a_part_of_a_short_leg(stage: Stage) -> None:
    """W-03: bought back; the rest keeps its stop above and its target below the market."""
    stage.set(account_balance=Decimal(1_000_000))
    legs = vertical(stage).legs[:1]
    trade = stage.place(vertical(stage, legs=legs, qty=2, order_type=OrderType.MARKET, limit_price=None))
    assert trade["legs"][0]["side"] == "SHORT"
    closed = stage.close_trade(trade, qty=1)

    assert (closed.status, closed.trade["open_qty"]) == (200, 1)
    assert stage.held(trade["legs"][0]["symbol"]) == -1


def deliver(stage: Stage) -> int:
    """Run the messages to `sync` that are due by now, as the queue does; returns how many."""
    now = stage.clock.now()
    due = [one for one in stage.bus.sent if one[0] == "sync" and (one[2] or now) <= now]
    stage.bus.sent[:] = [one for one in stage.bus.sent if one not in due]
    for _, payload, due_at in due:
        run_job(stage.container, "sync", due_at=due_at or now, payload=payload)
    return len(due)


def test_a_worst_price_is_walked_to(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: from the middle by 0.05 every 10 s, one working order at a time, the last rests at the worst."""
    trade = stage.place(vertical(stage, qty=2))
    nobody_trades(stage, monkeypatch)
    asked = stage.close_trade(trade, limit_price=Decimal("-9.00"))

    assert (asked.status, asked.trade["status"]) == (202, "CLOSING")
    for _ in range(4):
        assert len([one for one in sales(stage, trade) if one["status"] in {"OPEN", "PENDING"}]) == 1
        stage.advance(10)
        assert deliver(stage) == 1

    prices = [Decimal(str(one["limit_price"])) for one in sales(stage, trade)]
    assert len(prices) == 5
    assert [high - low for high, low in pairwise(prices)] == [Decimal("0.05")] * 4
    assert [one["status"] for one in sales(stage, trade)[:-1]] == ["CANCELED"] * 4


def test_a_walk_ends_in_its_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: 120 s in all, then the last order is cancelled; the trade is OPEN, its owner told."""
    trade = stage.place(vertical(stage, qty=2))
    nobody_trades(stage, monkeypatch)
    stage.close_trade(trade, limit_price=Decimal("-9.00"))
    for _ in range(14):
        stage.advance(10)
        deliver(stage)

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], now["close_requested_at"]) == ("OPEN", 2, None)
    assert len(sales(stage, trade)) == 12
    assert all(one["status"] == "CANCELED" for one in sales(stage, trade))


def test_a_walk_never_passes_the_worst_price(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-39: at the worst price it rests to the end, one order."""
    trade = stage.place(vertical(stage, qty=2))
    nobody_trades(stage, monkeypatch)
    asked = stage.close_trade(trade, limit_price=Decimal("-9.00"))
    start = Decimal(str(sales(stage, asked.trade)[0]["limit_price"]))
    worst = start - Decimal("0.07")
    for _ in range(14):
        stage.advance(10)
        deliver(stage)
    again = stage.close_trade(stage.trade(trade), limit_price=worst)
    for _ in range(14):
        stage.advance(10)
        deliver(stage)

    prices = [Decimal(str(one["limit_price"])) for one in sales(stage, again.trade)[12:]]
    assert min(prices) == worst
    assert prices.count(worst) == 1


def test_what_a_walk_filled_in_part_counts(stage: Stage) -> None:
    """The next step asks for the rest only."""
    trade = stage.place(vertical(stage, qty=4))
    stage.fault("partial_fill", fraction=0.5, times=50)
    stage.close_trade(trade, limit_price=Decimal("-9.00"))
    for _ in range(6):
        stage.advance(10)
        deliver(stage)

    left = 4
    for one in sales(stage, trade):
        assert one["quantity"] == left
        left -= one["filled_quantity"]
    assert left == stage.trade(trade)["open_qty"] < 3


@pytest.mark.parametrize("price", [Decimal("0.60"), Decimal("-0.605")])
def test_a_worst_price_on_the_wrong_side_is_refused(stage: Stage, price: Decimal) -> None:
    """W-03: a put spread that was sold costs money to leave; nobody pays for taking it back."""
    trade = stage.place(vertical(stage))
    with pytest.raises(Invalid) as refused:
        stage.close_trade(trade, limit_price=price)

    assert [error.field for error in refused.value.errors] == ["limit_price"]
    assert stage.trade(trade)["status"] == "OPEN"


def test_a_walk_that_waited_has_all_its_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: the 120 s begin with the first order, not with the request of the evening before."""
    trade = stage.place(vertical(stage))
    stage.advance(8 * 3600)
    stage.close_trade(stage.trade(trade), limit_price=Decimal("-9.00"))
    stage.advance(16.5 * 3600)
    nobody_trades(stage, monkeypatch)
    stage.sync()
    stage.advance(10)
    deliver(stage)

    assert stage.trade(trade)["status"] == "CLOSING"
    assert len(sales(stage, trade)) == 2


def test_shares_are_not_sold_from_under_a_call(stage: Stage) -> None:
    """W-01: what a short call has been promised stays; the rest of the shares may go."""
    held = WantedLeg(instrument=Instrument.EQUITY)
    stage.set(account_balance=Decimal(10_000_000))
    shares = stage.place(
        PlaceTrade(ticker="AAPL", legs=(held,), order_type=OrderType.MARKET, qty=Decimal(150))
    )
    assert (shares["status"], shares["open_qty"]) == ("OPEN", 150)
    contract = stage.contract()
    call = WantedLeg(
        side=LegSide.SHORT,
        option_type=contract.option_type,
        strike=contract.strike,
        expiry=contract.expiry,
    )
    promised = stage.place(PlaceTrade(ticker="AAPL", legs=(call,), order_type=OrderType.MARKET))
    assert promised["status"] == "OPEN"

    for qty in (51, None):
        with pytest.raises(RiskLimitReached) as refused:
            stage.close_trade(shares, qty=qty)
        assert refused.value.limit == "collateral"
    free = stage.close_trade(shares, qty=50)
    assert (free.status, free.trade["open_qty"]) == (200, 100)

    assert stage.close_trade(promised).trade["status"] == "CLOSED"
    assert stage.close_trade(free.trade).trade["status"] == "CLOSED"
