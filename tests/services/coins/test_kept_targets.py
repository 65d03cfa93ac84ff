"""C-06 at Binance: targets beside which no more stops may rest are kept here, and the tick sells them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest

from chalicelib.domain.accounts import AccountRef
from chalicelib.services.commands.prepare_entry import Asked, prepare, store
from chalicelib.services.commands.stops_of_pair import STOPS_MAX
from chalicelib.services.errors import Invalid
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.engine import open_engine
from chalicelib.vendors.deadline import Deadline
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.binance.trading.orders import STOPS, Kind, Side
from tests.services.coins.exchange_stage import ACCOUNT, TESTNET, ExchangeStage
from tests.services.test_closing_in_part import Dying, lapse

#: Six targets over all of it, and what the price is, in shares of the first.
STEPS: Final = ("1.02", "1.04", "1.06", "1.08", "1.10", "1.12")
SHARES: Final = ("0.2", "0.2", "0.2", "0.2", "0.1", "0.1")


class Kept(ExchangeStage):
    """Alice's account there, seen as what rests for each of her trades' targets."""

    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls)
        self.first = self.level("1")

    def price(self, share: str) -> Decimal:
        """Return a share of the price that it began with."""
        return (self.first * Decimal(share)).quantize(Decimal(1))

    def stand_at(self, share: str) -> None:
        """Let the coin trade there from now on."""
        now = self.clock.now()
        self.world.simulated.crypto.bend("BTCUSDT", [(0.0, float(self.price(share)))], now)

    def enter(self, shares: tuple[str, ...], qty: str = "0.05", **more: Any) -> dict[str, Any]:
        """Place with a stop at 0.9 and these shares, the first at 1.02."""
        steps = [self.price(step) for step in STEPS]
        targets = list(zip(steps, shares, strict=False))
        return self.place(self.wish(qty, sl_price=self.price("0.9"), targets=targets, **more))

    def crowd(self) -> dict[str, Any]:
        """Have three stops rest for another trade whose targets are far away."""
        far = [(self.price("1.5"), "0.4"), (self.price("1.6"), "0.4")]
        return self.place(self.wish("0.02", sl_price=self.price("0.8"), targets=far))

    def resting(self, trade: dict[str, Any]) -> dict[int, str]:
        """Return what rests by our books by the target's number: stop, target, or both."""
        found: dict[int, str] = {}
        for row in self.query(
            "select target_no, role from orders where trade_id = :id and status in ('OPEN', "
            "'PARTIALLY_FILLED') order by role",
            id=trade["id"],
        ):
            word = {"STOP_LOSS": "stop", "TAKE_PROFIT": "target"}[row.role]
            found[row.target_no] = "both" if row.target_no in found else word
        return found

    def check(self, *trades: dict[str, Any]) -> None:
        """Nothing was ever refused, no more stops rest than may, and they are over all that is held."""
        assert self.query("select reason from orders where status = 'REJECTED'") == []
        assert self.query("select text from alerts where kind = 'unprotected'") == []
        stops = [one for one in self.book.orders.values() if one.is_open and one.kind in STOPS]
        assert len(stops) <= STOPS_MAX
        held = sum(Decimal(str(self.trade(one)["open_qty"])) for one in trades)
        assert sum((one.quantity for one in stops), Decimal(0)) == held

    def selling(self) -> Decimal:
        """Return what could be sold at most: of an OCO's two orders one sells."""
        sales: dict[int, Decimal] = {}
        for one in self.book.orders.values():
            if one.is_open and one.side is Side.SELL:
                sales[one.list_id if one.list_id > 0 else -one.id] = one.quantity - one.executed
        return sum(sales.values(), Decimal(0))

    def states(self, trade: dict[str, Any]) -> list[str]:
        """Return how each target stands."""
        return [one["state"] for one in self.trade(trade)["targets"]]


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Kept]:
    made = Kept(database_urls)
    yield made
    made.close()


def test_six_targets_are_sold_one_by_one(stage: Kept) -> None:
    """C-06: four rest with their stops, one stop is over the rest; what sells makes room for the next."""
    trade = stage.enter(SHARES)
    stage.tick()
    assert stage.resting(trade) == {1: "stop", 2: "both", 3: "both", 4: "both", 5: "both"}
    assert stage.states(trade) == [*["OPEN"] * 4, "WAITING", "WAITING"]
    stage.check(trade)

    stage.stand_at("1.025")
    stage.tick()
    assert stage.resting(trade) == {3: "both", 4: "both", 5: "both", 6: "both", 7: "both"}
    stage.check(trade)
    for step in ("1.045", "1.065", "1.085", "1.105", "1.125"):
        stage.stand_at(step)
        stage.tick()
        stage.check(trade)

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"], stage.states(trade)) == ("CLOSED", "TP_HIT", ["FILLED"] * 6)
    assert stage.working() == []
    assert done["realized_pnl"] > 0


def test_two_trades_share_the_stops_of_a_pair(stage: Kept) -> None:
    """C-06: the second has what the first leaves; a third, when nothing is left, is refused in words."""
    other = stage.crowd()
    trade = stage.enter(("0.4", "0.3", "0.2"))
    stage.tick()
    assert stage.resting(other) == {1: "stop", 2: "both", 3: "both"}
    assert stage.resting(trade) == {1: "stop", 2: "both"}
    stage.check(other, trade)
    before = stage.working()
    with pytest.raises(Invalid) as caught:
        stage.enter(())
    assert caught.value.errors[0].message.startswith("The exchange lets 5 stops rest in one pair")
    assert stage.working() == before

    for step, expected in (("1.025", {1: "stop", 3: "both"}), ("1.045", {1: "stop", 4: "both"})):
        stage.stand_at(step)
        stage.tick()
        assert stage.resting(trade) == expected
        stage.check(other, trade)
    stage.stand_at("1.065")
    stage.tick()
    assert stage.resting(trade) == {1: "stop"}
    stage.check(other, trade)


def test_two_entries_that_are_judged_at_once_share_no_stop(stage: Kept) -> None:
    """C-06: each counts what was stored before it, under its owner's turn."""
    halves = [(stage.price("1.02"), "0.4"), (stage.price("1.04"), "0.4")]
    wish = stage.wish("0.05", sl_price=stage.price("0.9"), targets=halves)
    asked = Asked(username="alice", command=wish, idempotency_key=None)
    both = [prepare(stage.env, asked, Deadline(stage.clock)) for _ in range(2)]

    assert [store(stage.env, one)[0].trade.stops_max for one in both] == [None, 2]


def test_a_change_has_the_room_that_is_left_and_the_trade_keeps_it(stage: Kept) -> None:
    """C-06: targets that are added later are kept here as well; fewer targets give the room back."""
    other = stage.crowd()
    trade = stage.place(stage.wish("0.05", sl_price=stage.price("0.9")))
    stage.tick()
    steps = [stage.price(step) for step in STEPS]
    changed = stage.adjust(stage.trade(trade), targets=list(zip(steps, ("0.4", "0.3", "0.3"), strict=False)))
    assert (changed.status, stage.resting(trade)) == (200, {1: "stop", 2: "both"})
    stage.check(other, trade)

    fewer = stage.adjust(stage.trade(trade), targets=[(steps[0], "1")])
    assert (fewer.status, stage.resting(trade)) == (200, {5: "both"})
    third = stage.enter((), "0.01")
    stage.tick()
    stage.check(other, trade, third)


def test_two_targets_that_are_leapt_over_at_once_are_sold(stage: Kept) -> None:
    """C-06: the nearest by the exchange, the others by the tick, at their prices or better."""
    other = stage.crowd()
    trade = stage.enter(("0.3", "0.2", "0.2", "0.2"))
    stage.tick()
    assert stage.resting(trade) == {1: "stop", 2: "both"}
    stage.stand_at("1.065")
    stage.tick()

    held = stage.trade(trade)
    assert (held["status"], stage.states(trade)) == ("OPEN", ["FILLED", "FILLED", "FILLED", "OPEN"])
    assert stage.resting(trade) == {1: "stop", 5: "both"}
    sales = [one for one in held["orders"] if one["role"] == "TAKE_PROFIT" and one["avg_fill_price"]]
    prices = [one["avg_fill_price"] for one in sales]
    assert len(prices) == 3
    assert all(price >= float(stage.price(step)) for price, step in zip(prices, STEPS[:3], strict=True))
    stage.check(other, trade)


def test_a_price_that_falls_back_before_the_sale_filled_gets_the_stop_again(stage: Kept) -> None:
    """C-06: what sold meanwhile is its target's; the rest of the share is under the stop within a tick."""
    stage.crowd()
    trade = stage.enter(("0.3", "0.3", "0.3"))
    stage.tick()
    stage.stand_at("1.045")
    stage.fault("partial_fill", vendor="binance", path="/order", times=3, fraction=0.5)
    stage.tick()
    assert stage.resting(trade)[3] == "target"
    kinds = [one.kind for one in stage.book.orders.values() if one.is_open]
    assert Kind.LIMIT in kinds

    stage.world.faults.clear()
    stage.stand_at("1.03")
    stage.tick()
    assert stage.resting(trade) == {1: "stop", 3: "both"}
    stage.check(trade, {"id": _other(stage, trade)})
    stage.stand_at("1.045")
    stage.tick()
    assert stage.states(trade)[:2] == ["FILLED", "FILLED"]


def _other(stage: Kept, trade: dict[str, Any]) -> str:
    ((found,),) = stage.query(
        "select id::text from paper_trades where id <> cast(:id as uuid)", id=trade["id"]
    )
    return str(found)


@pytest.mark.parametrize("calls", range(0, 44, 3))
def test_killed_between_any_two_lines(stage: Kept, calls: int) -> None:
    """I-01, I-28: whoever takes over sells each share once, and the rest has its stop."""
    other = stage.crowd()
    trade = stage.enter(("0.3", "0.2", "0.2", "0.2"))
    stage.tick()
    stage.stand_at("1.065")
    stage.advance(60)
    database = Dying(open_engine(stage.urls.app), stage.clock)
    database.left = calls
    account = AccountRef(username="alice", mode=TESTNET, account_id=ACCOUNT)
    with suppress(DatabaseUnavailable):
        sync_account(replace(stage.env, database=database), account)
    database.dispose()
    bought = sum((one.executed for one in stage.book.orders.values() if one.side is Side.BUY), Decimal(0))
    sold = sum((one.executed for one in stage.book.orders.values() if one.side is Side.SELL), Decimal(0))
    assert stage.selling() <= bought - sold
    lapse(stage)
    for _ in range(4):
        stage.tick()

    assert stage.states(trade) == ["FILLED", "FILLED", "FILLED", "OPEN"]
    assert stage.resting(trade) == {1: "stop", 5: "both"}
    stage.check(other, trade)
