"""What the Tradier emulator refuses of combined orders, what they bind and leave (wire notes, 12)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.emulators.brokerage.margin import Holding, requirement
from infra.local.emulators.market.occ import Contract, Right
from tests.emulators.combined import (
    CALL,
    CONDOR,
    HIGH,
    LOW,
    PUT_SPREAD,
    WING,
    Leg,
    balances,
    closing,
    form_of,
    held,
    natural,
    placed,
    send,
    times,
)
from tests.emulators.support import (
    ACCOUNT,
    LIVE_ACCOUNT,
    Outside,
    accepted,
    new_york,
    refused,
)

COVERED: tuple[Leg, ...] = (("SPY", "buy", 100), (CALL, "sell_to_open", 1))
UNCOVERED: tuple[Leg, ...] = (("SPY", "sell", 100), (CALL, "buy_to_close", 1))
LATER = "SPY260417C00620000"
CALENDAR: tuple[Leg, ...] = ((CALL, "sell_to_open", 1), (LATER, "buy_to_open", 1))
WEEKLY, NEXT_WEEKLY = "SPXW260224P06000000", "SPXW260225P06000000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def level(outside: Outside, option_level: int) -> None:
    """Give the account an option level."""
    account = outside.world.sandbox.state().accounts[0]
    assert account.account_id == ACCOUNT
    account.option_level = option_level


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"type": "credit"}, "LimitPriceUndefined"),
        ({"type": "debit"}, "LimitPriceUndefined"),
        ({"duration": "gtc"}, "MarketOrderIsGtc"),
        ({"quantity[0]": 0}, "IncorrectOrderQuantity"),
        ({"quantity[0]": 10_000_001, "quantity[1]": 10_000_001}, "IncorrectOrderQuantity"),
        ({"option_symbol[0]": "SPY260213P00590000"}, "InvalidOrderExpiration"),
        ({"option_symbol[0]": "SPY260320P00590500"}, "SecurityUndefined"),
        ({"side[0]": "sell_to_close"}, "UnexpectedSellOrderOption"),
        ({"side[1]": "buy_to_close"}, "UnexpectedBuyToCoverOrderOption"),
    ],
)
def test_the_risk_system_refuses(outside: Outside, terms: dict[str, object], code: str) -> None:
    assert refused(send(outside, PUT_SPREAD, **terms)) == code
    assert outside.order_list() == "null"


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"type": "limit", "price": "1.00"}, "Invalid parameter, type: is not valid"),
        ({"type": "credit", "price": "0"}, "Invalid parameter, price: must be greater than 0."),
        ({"type": "credit", "price": "-1.20"}, "Invalid parameter, price: must be greater than 0."),
        (
            {"type": "credit", "price": "1.205"},
            "Invalid parameter, price: must have at most 2 decimal places.",
        ),
        ({"duration": "pre"}, "Invalid parameter, duration: pre market no longer available"),
        ({"side[0]": "sell"}, "Invalid parameter, side[0]: is not valid"),
        ({"option_symbol[1]": HIGH}, "Invalid parameter, option_symbol: is not valid"),
        ({"option_symbol[1]": "QQQ260320P00500000"}, "Invalid parameter, option_symbol: is not valid"),
        ({"symbol": "NONE"}, "Undefined symbol: NONE."),
        ({"tag": "a_b"}, "Invalid parameter, tag: contains invalid characters."),
        ({"class": "combo"}, "Invalid parameter, class: is not valid"),
        ({"quantity[4]": "1"}, "multileg orders need 2 to 4 indexed legs from 0 on"),
    ],
)
def test_a_parameter_that_is_wrong_is_said_in_plain_text(
    outside: Outside, terms: dict[str, object], sentence: str
) -> None:
    answer = send(outside, PUT_SPREAD, **terms)

    assert (answer.status_code, answer.text) == (400, sentence)


def test_five_legs_are_too_many_and_one_is_too_few(outside: Outside) -> None:
    five = (*CONDOR, ("SPY260320P00570000", "buy_to_open", 1))

    assert {send(outside, legs).status_code for legs in (five, CONDOR[:1])} == {400}


def test_time_spreads_on_an_index_are_refused(outside: Outside) -> None:
    """Wire 12: all legs in one expiration; the underlying is SPX where the root is SPXW (R)."""
    vertical = ((WEEKLY, "sell_to_open", 1), ("SPXW260224P05950000", "buy_to_open", 1))
    across = ((WEEKLY, "sell_to_open", 1), (NEXT_WEEKLY, "buy_to_open", 1))

    assert refused(send(outside, across, symbol="SPX")) == "IndexOptionsOneExparyDate"
    assert outside.order(placed(outside, vertical, symbol="SPX"))["symbol"] == "SPX"
    assert held(outside) == {WEEKLY: -1.0, "SPXW260224P05950000": 1.0}


def test_more_than_is_held_cannot_be_closed_nor_twice(outside: Outside) -> None:
    """I-08: what a working order is to close is spoken for, leg by leg."""
    placed(outside, times(2, PUT_SPREAD))
    assert refused(send(outside, closing(times(3, PUT_SPREAD)))) == "ShortPositionCrossZero"
    placed(outside, closing(times(2, PUT_SPREAD)), type="debit", price="0.01")

    assert refused(send(outside, closing(PUT_SPREAD))) == "ShortPositionCrossZero"
    assert refused(outside.option(LOW, "sell_to_close", 1)) == "LongPositionCrossZero"


def test_an_opening_side_against_what_is_held_is_refused(outside: Outside) -> None:
    placed(outside, PUT_SPREAD)
    turned = ((HIGH, "buy_to_open", 1), (LOW, "sell_to_open", 1))

    assert refused(send(outside, turned)) == "UnexpectedBuyOrderOption"
    assert refused(send(outside, turned[::-1])) == "UnexpectedSellShortOrderOption"


@pytest.mark.parametrize(
    ("option_level", "legs", "code"),
    [
        (2, PUT_SPREAD, "SpreadTradingDeniedForAccount"),
        (2, COVERED, "SpreadTradingDeniedForAccount"),
        (3, ((HIGH, "sell_to_open", 1), (CALL, "sell_to_open", 1)), "ShortOptionTradingDeniedForAccount"),
        (3, ((CALL, "sell_to_open", 2), (WING, "buy_to_open", 1)), "ShortOptionTradingDeniedForAccount"),
        (3, (("SPY", "buy", 100), (CALL, "sell_to_open", 2)), "ShortOptionTradingDeniedForAccount"),
        (3, PUT_SPREAD, None),
        (3, CONDOR, None),
        (3, COVERED, None),
        (3, CALENDAR, None),
        (5, ((CALL, "sell_to_open", 2), (WING, "buy_to_open", 1)), None),
    ],
)
def test_each_level_allows_what_it_allows(
    outside: Outside, option_level: int, legs: tuple[Leg, ...], code: str | None
) -> None:
    level(outside, option_level)
    answer = send(outside, legs)

    if code is None:
        assert outside.order(accepted(answer))["status"] == "filled"
    else:
        assert refused(answer) == code


def test_a_lowered_level_still_lets_out(outside: Outside) -> None:
    """What only closes is never kept in."""
    placed(outside, CONDOR)
    level(outside, 1)

    assert outside.order(placed(outside, closing(CONDOR)))["status"] == "filled"
    assert held(outside) == {}


def test_shares_cover_a_call_that_is_sold_alone(outside: Outside) -> None:
    level(outside, 2)
    assert refused(outside.option(CALL, "sell_to_open", 1)) == "ShortOptionTradingDeniedForAccount"
    accepted(
        outside.place(
            order_class="equity", symbol="SPY", side="buy", quantity=100, type="market", duration="day"
        )
    )
    required = balances(outside)["option_requirement"]
    accepted(outside.option(CALL, "sell_to_open", 1))

    assert balances(outside)["option_requirement"] == required == 0
    assert refused(outside.option(CALL, "sell_to_open", 1)) == "ShortOptionTradingDeniedForAccount"


def test_a_covered_call_opens_and_closes_as_a_combo(outside: Outside) -> None:
    """Wire 7.3: its shares first; 100 of them and a call make one unit."""
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    unit = natural(outside, COVERED)
    opened = placed(outside, COVERED, type="debit", price=unit)
    order = outside.order(opened)

    assert (order["class"], order["strategy"], order["status"]) == ("combo", "covered call", "filled")
    assert Decimal(str(order["avg_fill_price"])) == unit
    assert cash - outside.world.sandbox.truth_cash(ACCOUNT) == unit * 100 + Decimal("0.35")
    assert held(outside) == {"SPY": 100.0, CALL: -1.0}
    assert balances(outside)["option_requirement"] == 0
    assert outside.order(placed(outside, UNCOVERED))["status"] == "filled"
    assert held(outside) == {}


def test_positions_are_signed_by_leg_with_what_they_cost(outside: Outside) -> None:
    """I-09: cash moves by the net price and the fees; the sum of costs is the net price."""
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    order_id = placed(outside, times(2, CONDOR))
    net = Decimal(str(outside.order(order_id)["avg_fill_price"]))
    rows = outside.world.sandbox.truth_positions(ACCOUNT)
    costs = {row["symbol"]: Decimal(str(row["cost_basis"])) for row in rows}

    assert held(outside) == {HIGH: -2.0, LOW: 2.0, CALL: -2.0, WING: 2.0}
    assert costs[HIGH] < 0 < costs[LOW]
    assert sum(costs.values()) == net * 200
    assert outside.world.sandbox.truth_cash(ACCOUNT) - cash == -net * 200 - 8 * Decimal("0.35")


def test_closing_realises_what_was_earned(outside: Outside) -> None:
    opened = placed(outside, CONDOR)
    outside.clock.forward(days=1)
    closed = placed(outside, closing(CONDOR))
    paid = [Decimal(str(outside.order(one)["avg_fill_price"])) for one in (opened, closed)]

    assert balances(outside)["close_pl"] == pytest.approx(float(-sum(paid) * 100))
    assert held(outside) == {}


@pytest.mark.parametrize(
    ("legs", "width"), [(PUT_SPREAD, 10), (CONDOR, 10), (closing(PUT_SPREAD), 0), (CALENDAR, 0)]
)
def test_a_structure_binds_its_worst_loss(outside: Outside, legs: tuple[Leg, ...], width: int) -> None:
    """Width less credit, or the debit; a condor's two sides cannot both lose; a later call covers."""
    opened = tuple(
        (symbol, "buy_to_open" if side.startswith("buy") else "sell_to_open", quantity)
        for symbol, side, quantity in legs
    )
    before = balances(outside)["power"]
    unit = natural(outside, opened)
    placed(outside, opened)
    after = balances(outside)

    assert after["option_requirement"] == width * 100
    assert before - after["power"] == pytest.approx(float(unit) * 100 + width * 100 + len(legs) * 0.35)


def test_what_cannot_be_covered_is_refused_and_what_can_is_not(outside: Outside) -> None:
    most = int(balances(outside)["power"] / (1000 + float(natural(outside, PUT_SPREAD)) * 100 + 0.70))

    assert refused(send(outside, times(most + 1, PUT_SPREAD))) == "InitialMargin"
    assert outside.order(placed(outside, times(most, PUT_SPREAD)))["status"] == "filled"


def test_a_working_order_holds_back_what_it_would_bind(outside: Outside) -> None:
    """Wire 15: how is not recorded; here all of it, until it ends."""
    before = balances(outside)["power"]
    order_id = placed(outside, times(50, PUT_SPREAD), type="credit", price="6.00")
    assert before - balances(outside)["power"] == 50 * 400
    assert refused(send(outside, times(99, PUT_SPREAD))) == "InitialMargin"
    outside.sandbox.delete(f"/v1/accounts/{ACCOUNT}/orders/{order_id}")

    assert balances(outside)["power"] == before


def test_a_roll_is_judged_by_what_it_leaves(outside: Outside) -> None:
    """One spread closed and another opened at once: it needs no money for two."""
    fill = int(balances(outside)["power"] / 1000)
    placed(outside, times(fill, PUT_SPREAD))
    further = (("SPY260417P00580000", "sell_to_open", 1), ("SPY260417P00570000", "buy_to_open", 1))

    assert accepted(send(outside, times(fill, (*closing(PUT_SPREAD), *further))))
    assert set(held(outside).values()) == {-float(fill), float(fill)}


def test_a_preview_says_what_it_would_bind_and_places_nothing(outside: Outside) -> None:
    told = send(outside, PUT_SPREAD, type="credit", price="1.50", preview="true").json()["order"]

    assert (told["class"], told["quantity"], told["commission"]) == ("multileg", 2, 0.7)
    assert told["cost"] == pytest.approx(850.7)
    assert outside.order_list() == "null"


ASSIGNED: tuple[Leg, ...] = (
    ("SPY260219P00612000", "sell_to_open", 1),
    ("SPY260219P00600000", "buy_to_open", 1),
)


def test_short_options_in_the_money_are_assigned_over_night(outside: Outside) -> None:
    """W-05: live accounts get the shares at the strike; what is out of the money leaves silently."""
    answer = outside.live.post(f"/v1/accounts/{LIVE_ACCOUNT}/orders", data=form_of(ASSIGNED))
    assert answer.json()["order"]["status"] == "ok"
    cash = outside.world.live.truth_cash(LIVE_ACCOUNT)
    outside.clock.at = new_york("2026-02-19 17:00")
    assert len(outside.world.live.truth_positions(LIVE_ACCOUNT)) == 2
    outside.clock.at = new_york("2026-02-20 08:00")
    (shares,) = outside.world.live.truth_positions(LIVE_ACCOUNT)

    assert (shares["symbol"], shares["quantity"]) == ("SPY", 100.0)
    assert outside.world.live.truth_cash(LIVE_ACCOUNT) == cash - 61_200


def test_the_sandbox_settles_them_in_cash(outside: Outside) -> None:
    placed(outside, ASSIGNED)
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    outside.clock.at = new_york("2026-02-20 08:00")
    close = outside.world.simulated.official_close("SPY", date(2026, 2, 19))
    assert close is not None

    assert outside.world.sandbox.truth_positions(ACCOUNT) == []
    lost = float(cash - outside.world.sandbox.truth_cash(ACCOUNT))
    assert lost == pytest.approx((612 - close) * 100, abs=0.01)


def test_a_short_call_that_is_assigned_takes_the_shares_that_cover_it(outside: Outside) -> None:
    covered = (("SPY", "buy", 100), ("SPY260219C00600000", "sell_to_open", 1))
    outside.live.post(f"/v1/accounts/{LIVE_ACCOUNT}/orders", data=form_of(covered))
    cash = outside.world.live.truth_cash(LIVE_ACCOUNT)
    outside.clock.at = new_york("2026-02-20 08:00")

    assert outside.world.live.truth_positions(LIVE_ACCOUNT) == []
    assert outside.world.live.truth_cash(LIVE_ACCOUNT) == cash + 60_000


def holding(strike: int, right: Right, quantity: int, month: int = 3) -> Holding:
    """Return a holding of one contract at a spot of 600."""
    contract = Contract(
        root="SPY", expiry=date(2026, month, 20), right=right, strike_thousandths=strike * 1000
    )
    return Holding(contract=contract, quantity=quantity, spot=600.0)


@given(
    st.lists(
        st.tuples(
            st.integers(500, 700), st.sampled_from(Right), st.integers(-5, 5), st.sampled_from([3, 4, 5])
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 1000),
)
def test_a_purchase_never_asks_for_more(rows: list[tuple[int, Right, int, int]], shares: int) -> None:
    """Whatever is held, another long option or more shares bind nothing further; nothing binds below zero."""
    held_now = [holding(strike, right, quantity, month) for strike, right, quantity, month in rows]
    required = requirement(held_now, {"SPY": shares})
    same_expiry = [one for one in held_now if one.contract.expiry.month == 3]

    assert required >= 0
    assert requirement(held_now, {"SPY": shares + 100}) <= required
    assert requirement([*same_expiry, holding(610, Right.CALL, 1)]) <= requirement(same_expiry)


@pytest.mark.parametrize(
    ("rows", "shares", "dollars"),
    [
        ([(600, Right.PUT, -1, 3)], 0, 60_000),
        ([(600, Right.CALL, -1, 3)], 0, 12_000),
        ([(600, Right.CALL, -1, 3)], 99, 12_000),
        ([(600, Right.CALL, -2, 3)], 100, 12_000),
        ([(600, Right.CALL, -1, 3), (600, Right.CALL, 1, 4)], 0, 0),
        ([(600, Right.CALL, -1, 3), (605, Right.CALL, 1, 4)], 0, 500),
        ([(600, Right.CALL, -1, 4), (600, Right.CALL, 1, 3)], 0, 12_000),
        ([(600, Right.CALL, -1, 3), (600, Right.CALL, -1, 4), (600, Right.CALL, 1, 5)], 0, 12_000),
    ],
)
def test_what_is_bound(rows: list[tuple[int, Right, int, int]], shares: int, dollars: int) -> None:
    """Cash for a put, a fifth for a naked call, nothing for a covered one; one long covers once."""
    held_now = [holding(strike, right, quantity, month) for strike, right, quantity, month in rows]

    assert requirement(held_now, {"SPY": shares}) == dollars
