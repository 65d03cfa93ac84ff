"""Documented lags and quirks: off by default, shown by seed, taken rightly by the client (wire notes, 9)."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.brokers.tradier.broker import TradierBroker
from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.marketdata.tradier_data import TradierData
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.tradier.quirks import Quirk
from tests.brokers.support import HandClock, OpenBudget, sandbox
from tests.emulators.combined import PUT_SPREAD, placed, times
from tests.emulators.support import ACCOUNT, ORDERS, TOKEN, Outside, accepted, new_york

CALL = "SPY260320C00600000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def show(outside: Outside, *kinds: Quirk) -> None:
    """Show these quirks of everything that they could touch."""
    outside.world.quirks.show(kinds, 1.0)


def shown_orders(outside: Outside) -> object:
    """Read the list as it is wrapped."""
    return outside.sandbox.get(ORDERS).json()["orders"]


def test_a_filled_order_is_there_before_its_price(outside: Outside) -> None:
    """Wire notes, 6.3: wait for the price; for one look it is absent."""
    show(outside, Quirk.LATE_PRICE)
    order_id = accepted(outside.option(CALL, "buy_to_open", 1))
    first, second = outside.order(order_id), outside.order(order_id)

    assert (first["status"], first["exec_quantity"]) == ("filled", 1.0)
    assert "avg_fill_price" not in first
    assert second["avg_fill_price"] == outside.quote(CALL)["ask"]


def test_the_loser_of_an_oco_and_its_parent_are_late(outside: Outside) -> None:
    """Wire notes, 9: the winner is filled, the rest follows."""
    outside.bought(CALL, 1)
    oco = accepted(outside.exits(CALL, 1, "99.00", "0.05"))
    show(outside, Quirk.LATE_SIBLING)
    outside.world.simulated.jump("SPY", 760.0)
    outside.clock.forward(seconds=2)
    first, second = outside.order(oco), outside.order(oco)
    legs = [[leg["status"] for leg in one["leg"]] for one in (first, second) if isinstance(one["leg"], list)]

    assert (first["status"], second["status"]) == ("open", "filled")
    assert legs == [["filled", "open"], ["filled", "canceled"]]


def test_an_order_in_the_session_is_pending_before_it_is_open(outside: Outside) -> None:
    show(outside, Quirk.PENDING_FIRST)
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05"))

    assert [outside.order(order_id)["status"] for _ in range(2)] == ["pending", "open"]


def test_resting_orders_of_an_earlier_day_can_be_hidden(outside: Outside) -> None:
    """Wire notes, 6.1 (unconfirmed): neither listed nor readable, they work on and come back with news."""
    outside.bought(CALL, 1)
    oco = accepted(outside.exits(CALL, 1, "99.00", "0.05"))
    show(outside, Quirk.HIDDEN_GTC)
    same_day = outside.sandbox.get(f"{ORDERS}/{oco}").status_code
    outside.clock.at = new_york("2026-02-20 10:00")
    by_id = outside.sandbox.get(f"{ORDERS}/{oco}")
    by_leg = outside.sandbox.get(f"{ORDERS}/{oco + 1}")
    hidden = shown_orders(outside)
    outside.world.simulated.jump("SPY", 760.0)
    outside.clock.forward(seconds=2)

    assert same_day == 200
    assert (by_id.status_code, by_id.text) == (401, f"Unauthorized Account: {ACCOUNT}")
    assert by_leg.status_code == 401
    assert hidden == "null"
    assert outside.order(oco)["status"] == "filled"
    assert outside.world.sandbox.truth_positions(ACCOUNT) == []


def test_a_hidden_order_can_be_cancelled_by_its_id(outside: Outside) -> None:
    outside.bought(CALL, 1)
    oco = accepted(outside.exits(CALL, 1, "99.00", "0.05"))
    show(outside, Quirk.HIDDEN_GTC)
    outside.clock.at = new_york("2026-02-20 10:00")
    outside.sandbox.delete(f"{ORDERS}/{oco}")

    assert outside.order(oco)["status"] == "canceled"


def test_the_client_takes_every_quirk_rightly(outside: Outside) -> None:
    """Padded numbers, unknown fields, NaN bars and null Greeks change nothing that is read."""
    order_id = accepted(outside.option(CALL, "buy_to_open", 2))
    price = outside.order(order_id)["avg_fill_price"]
    show(outside, Quirk.PADDED_NUMBERS, Quirk.UNKNOWN_FIELDS, Quirk.NAN_BARS, Quirk.NULL_GREEKS)
    raw = outside.sandbox.get(f"{ORDERS}/{order_id}").text
    clock, http = HandClock(outside.clock.at), HttpPool(EmulatorTransport(outside.world.hosts()))
    place = sandbox("https://sandbox.tradier.com", TOKEN)
    broker = TradierBroker(place, ACCOUNT, budget=OpenBudget(), clock=clock, http=http)
    data = TradierData(TradierClient(place, budget=OpenBudget(), clock=clock, http=http), clock)
    read, balance = broker.read_order(str(order_id)), broker.balance()
    quote = data.option_quotes("SPY", [CALL]).quotes[CALL]
    closes = data.daily_closes("SPY", date(2026, 2, 9), date(2026, 2, 13))

    assert "0000000000000000" in raw
    assert (read.status, read.avg_fill_price) == (OrderStatus.FILLED, Decimal(str(price)))
    assert balance.cash == Decimal(str(outside.world.sandbox.truth_cash(ACCOUNT)))
    assert quote.mid is not None
    assert quote.delta is None
    assert len(closes) == 5


def test_a_combined_order_lags_in_parts_and_the_client_waits_for_all(outside: Outside) -> None:
    """Wire notes, 6.3: the price of a leg is late; padded and unknown fields change nothing."""
    order_id = placed(outside, times(2, PUT_SPREAD))
    true = outside.order(order_id)["avg_fill_price"]
    show(outside, Quirk.LATE_PRICE, Quirk.PADDED_NUMBERS, Quirk.UNKNOWN_FIELDS)
    clock, http = HandClock(outside.clock.at), HttpPool(EmulatorTransport(outside.world.hosts()))
    place = sandbox("https://sandbox.tradier.com", TOKEN)
    broker = TradierBroker(place, ACCOUNT, budget=OpenBudget(), clock=clock, http=http)
    first, second = (broker.read_order(str(order_id)) for _ in range(2))

    for read in (first, second):
        assert (read.status, int(read.quantity), int(read.filled_quantity)) == (OrderStatus.FILLED, 2, 2)
    assert (first.avg_fill_price, {leg.avg_fill_price for leg in first.legs}) == (None, {None})
    assert second.avg_fill_price == Decimal(str(true))


def test_quirks_are_off_by_default_and_the_same_for_the_same_seed() -> None:
    """A simulation that is run again must see the same."""
    plain, first, again = Outside(), Outside(), Outside()
    for outside in (first, again):
        outside.world.quirks.show([Quirk.NULL_GREEKS], 0.5)
    without = [[row["greeks"] is None for row in chain(outside)] for outside in (plain, first, again)]

    assert not any(without[0])
    assert any(without[1])
    assert not all(without[1])
    assert without[1] == without[2]


def chain(outside: Outside) -> list[dict[str, object]]:
    """Read a chain with its Greeks."""
    asked = {"symbol": "SPY", "expiration": "2026-03-20", "greeks": "true"}
    rows: list[dict[str, object]] = outside.sandbox.get("/v1/markets/options/chains", params=asked).json()[
        "options"
    ]["option"]
    return rows
