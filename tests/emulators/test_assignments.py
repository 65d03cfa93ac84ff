"""Short options assigned over night: by hand and by the model of W-05 (local.md, --assignment)."""

from datetime import date

import pytest

from infra.local.emulators.brokerage.assignments import NotAssignable
from infra.local.emulators.market.calendars import Dividend
from infra.local.emulators.market.quotes import Held
from tests.emulators.support import ACCOUNT, Outside, accepted, new_york

PUT, CALL = "IWM260320P00220000", "IWM260320C00220000"
MORNING = new_york("2026-02-20 09:00")


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a Thursday."""
    return Outside(seed=1)


@pytest.fixture
def modelled() -> Outside:
    """The same, where holders exercise by themselves."""
    return Outside(seed=1, assigns_early=True)


def sold(outside: Outside, symbol: str, quantity: int = 2) -> float:
    """Sell contracts short at market; return the price."""
    price = outside.order(accepted(outside.option(symbol, "sell_to_open", quantity)))["avg_fill_price"]
    assert isinstance(price, float)
    return price


def held(outside: Outside) -> dict[str, tuple[float, float]]:
    """Return quantity and cost of what the account holds, as the broker tells it."""
    answer = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json()["positions"]
    if answer == "null":
        return {}
    rows = answer["position"] if isinstance(answer["position"], list) else [answer["position"]]
    return {row["symbol"]: (row["quantity"], row["cost_basis"]) for row in rows}


@pytest.mark.parametrize(("symbol", "shares"), [(PUT, 100), (CALL, -100)])
def test_an_assignment_brings_shares_at_the_strike_over_night(
    outside: Outside, symbol: str, shares: int
) -> None:
    """POST /vendors/tradier/assign: not before midnight, and only what was told; cash moves by the strike."""
    price = sold(outside, symbol)
    outside.world.sandbox.hands.assign(ACCOUNT, symbol, 1)
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    outside.clock.at = new_york("2026-02-19 23:59")
    evening = held(outside)
    outside.clock.at = MORNING

    assert evening == {symbol: (-2, round(-200 * price, 2))}
    assert held(outside) == {symbol: (-1, round(-100 * price, 2)), "IWM": (shares, 220 * shares)}
    assert outside.world.sandbox.truth_cash(ACCOUNT) == cash - 220 * shares


def test_what_was_bought_back_in_time_is_not_assigned(outside: Outside) -> None:
    sold(outside, PUT)
    outside.world.sandbox.hands.assign(ACCOUNT, PUT, 2)
    accepted(outside.option(PUT, "buy_to_close", 1))
    outside.clock.at = MORNING
    half = held(outside)

    assert set(half) == {"IWM"}
    assert half["IWM"][0] == 100


def test_an_order_to_buy_back_what_is_gone_ends_with_it(outside: Outside) -> None:
    """Else it would open a long position; an order for what is left stays."""
    sold(outside, PUT)
    orders = [
        accepted(outside.option(PUT, "buy_to_close", n, type="limit", price="0.05", duration="gtc"))
        for n in (1, 1)
    ]
    outside.world.sandbox.hands.assign(ACCOUNT, PUT, 1)
    outside.clock.at = MORNING

    assert [outside.order(one)["status"] for one in orders] == ["open", "canceled"]


@pytest.mark.parametrize(
    ("symbol", "quantity", "words"),
    [
        (PUT, 3, "is short of 2"),
        (PUT, 0, "is short of 2"),
        (CALL, 1, "is short of 0"),
        ("IWM", 1, "only American options"),
        ("SPXW260227P06000000", 1, "only American options"),
    ],
)
def test_only_short_american_options_are_assigned(
    outside: Outside, symbol: str, quantity: int, words: str
) -> None:
    sold(outside, PUT)
    with pytest.raises(NotAssignable, match=words):
        outside.world.sandbox.hands.assign(ACCOUNT, symbol, quantity)


def test_no_more_is_told_than_there_is(outside: Outside) -> None:
    sold(outside, PUT)
    outside.world.sandbox.hands.assign(ACCOUNT, PUT, 1)
    with pytest.raises(NotAssignable, match="is short of 1"):
        outside.world.sandbox.hands.assign(ACCOUNT, PUT, 2)


def test_a_notice_outlives_a_run(outside: Outside) -> None:
    sold(outside, PUT)
    outside.world.sandbox.hands.assign(ACCOUNT, PUT, 1)
    again = Outside(seed=1)
    again.world.sandbox.restore(outside.world.sandbox.state())
    again.clock.at = MORNING

    assert held(again)["IWM"][0] == 100


NEAR_PUT, FAR_PUT = "IWM260220P00245000", "IWM260227P00245000"


def test_a_deep_short_put_near_its_expiry_is_assigned(modelled: Outside) -> None:
    """W-05: its bid under its intrinsic value less 0.05, four days to go, over 5 % in the money."""
    for symbol in (NEAR_PUT, FAR_PUT):
        sold(modelled, symbol, 1)
        modelled.world.simulated.hold_quote(symbol, Held(bid=17.0))
    modelled.clock.at = MORNING

    assert set(held(modelled)) == {"IWM", FAR_PUT}


@pytest.mark.parametrize("symbol", ["IWM260220P00228000", "IWM260220P00218000"])
def test_what_is_not_deep_enough_is_kept(modelled: Outside, symbol: str) -> None:
    """Less than 5 % in the money, or out of it."""
    sold(modelled, symbol, 1)
    modelled.world.simulated.hold_quote(symbol, Held(bid=0.0))
    modelled.clock.at = MORNING

    assert set(held(modelled)) == {symbol}


def test_a_holder_who_can_sell_for_what_it_is_worth_does_not_exercise(modelled: Outside) -> None:
    sold(modelled, NEAR_PUT, 1)
    modelled.world.simulated.hold_quote(NEAR_PUT, Held(bid=25.0, ask=25.2))
    modelled.clock.at = MORNING

    assert set(held(modelled)) == {NEAR_PUT}


@pytest.mark.parametrize(
    ("ex_date", "amount", "assigned"),
    [
        (date(2026, 2, 20), 50.0, True),
        (date(2026, 2, 20), 0.01, False),
        (date(2026, 2, 23), 50.0, False),
        (date(2026, 2, 19), 50.0, False),
    ],
)
def test_a_short_call_is_assigned_for_a_dividend_over_its_time_value(
    modelled: Outside, ex_date: date, amount: float, assigned: bool
) -> None:
    """W-05: on the eve of the ex-date alone; a put and a call out of the money never are for that."""
    inside, outer = "IWM260320C00210000", "IWM260320C00240000"
    for symbol in (inside, outer, PUT):
        sold(modelled, symbol, 1)
    modelled.world.calendars.tell_dividends("IWM", [Dividend(ex_date=ex_date, amount=amount)])
    modelled.clock.at = MORNING
    found = held(modelled)

    assert set(found) == {outer, PUT, "IWM" if assigned else inside}
    if assigned:
        assert found["IWM"] == (-100, -21_000)


def test_over_a_weekend_the_eve_is_the_friday(modelled: Outside) -> None:
    modelled.clock.at = new_york("2026-02-20 10:00")
    sold(modelled, "IWM260320C00210000", 1)
    dividend = Dividend(ex_date=date(2026, 2, 23), amount=50.0)
    modelled.world.calendars.tell_dividends("IWM", [dividend])
    modelled.clock.at = new_york("2026-02-24 09:00")

    assert set(held(modelled)) == {"IWM"}


def test_nobody_exercises_unless_asked_for(outside: Outside) -> None:
    """`--assignment` is off by default."""
    sold(outside, NEAR_PUT, 1)
    sold(outside, "IWM260320C00210000", 1)
    outside.world.simulated.hold_quote(NEAR_PUT, Held(bid=1.0))
    outside.world.calendars.tell_dividends("IWM", [Dividend(ex_date=date(2026, 2, 20), amount=50.0)])
    outside.clock.at = MORNING

    assert set(held(outside)) == {NEAR_PUT, "IWM260320C00210000"}
