"""The outside checker reads combined orders by leg: a spread, a condor, one expired, a put assigned."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from infra.local.outside_checker import Finding, Rule, check
from tests.outside_checker.sample import (
    ACCOUNT,
    CLOSES,
    TODAY,
    Json,
    broker_order,
    leg,
    told,
    told_order,
    trade,
)

P590, P580, C620, C630 = (
    f"SPY260320{right}" for right in ("P00590000", "P00580000", "C00620000", "C00630000")
)
E602, E605 = "SPY260219C00602000", "SPY260219C00605000"
A610 = "SPY260219P00610000"
Tamper = Callable[[Json, list[Json]], object]

#: Legs as (symbol, side, price), each of two contracts.
SPREAD = [(P590, "sell", 2.0), (P580, "buy", 1.2)]
CONDOR = [(P580, "buy", 1.0), (P590, "sell", 2.0), (C620, "sell", 1.5), (C630, "buy", 0.7)]


def combined(order_id: int, ends: str, legs: list[tuple[str, str, float]], tag: str) -> Json:
    """A multileg order as Tradier lists it, filled whole."""
    return {
        "id": order_id,
        "type": "credit",
        "symbol": "SPY",
        "side": "buy",
        "quantity": 2.0,
        "status": "filled",
        "class": "multileg",
        "tag": tag,
        "leg": [
            broker_order(order_id * 10 + number, f"{side}_to_{ends}", 2.0, price, option_symbol=symbol)
            for number, (symbol, side, price) in enumerate(legs)
        ],
    }


def told_combined(intent: str, order_id: int, role: str, legs: list[tuple[str, str, float]]) -> Json:
    """The same as the API shows it: one order in whole structures, its legs beside."""
    ends = "open" if role == "ENTRY" else "close"
    price = sum(price * (1 if side == "buy" else -1) for _, side, price in legs)
    return told_order(intent, order_id, role, 2, price) | {
        "legs": [
            {
                "symbol": symbol,
                "side": f"{side}_to_{ends}",
                "ratio": 1,
                "filled_quantity": 2,
                "avg_fill_price": price,
            }
            for symbol, side, price in legs
        ]
    }


def other_way(legs: list[tuple[str, str, float]], worth: float) -> list[tuple[str, str, float]]:
    """Return what closes these legs, each at so much of its price."""
    return [(symbol, "sell" if side == "buy" else "buy", price * worth) for symbol, side, price in legs]


def of_trade(legs: list[tuple[str, str, float]]) -> list[Json]:
    return [
        leg(
            symbol, side="LONG" if side == "buy" else "SHORT", option_type="CALL" if "C0" in symbol else "PUT"
        )
        for symbol, side, _ in legs
    ]


def books() -> Json:
    expired = [(E602, "sell", 1.0), (E605, "buy", 0.4)]
    return {
        "orders": [
            combined(1, "open", SPREAD, "pt-a"),
            combined(2, "open", CONDOR, "pt-b"),
            combined(3, "close", other_way(CONDOR, 0.5), "pt-c"),
            combined(4, "open", expired, "pt-d"),
            broker_order(5, "sell_to_open", 2.0, 3.0, tag="pt-e", option_symbol=A610),
        ],
        "positions": [
            {"symbol": P590, "quantity": -2.0, "cost_basis": -400.0},
            {"symbol": P580, "quantity": 2.0, "cost_basis": 240.0},
            {"symbol": "SPY", "quantity": 200.0, "cost_basis": 122000.0},
        ],
    }


def history() -> list[Json]:
    expired = [(E602, "sell", 1.0), (E605, "buy", 0.4)]
    shares = {"symbol": "SPY", "instrument": "EQUITY", "side": "LONG", "ratio": 100, "multiplier": 1}
    return [
        trade(
            "spread",
            "PENDING",
            "OPEN",
            legs=of_trade(SPREAD),
            open_qty=2,
            entry_price=-0.8,
            fees=1.4,
            orders=[told_combined("a", 1, "ENTRY", SPREAD)],
        ),
        trade(
            "condor",
            "PENDING",
            "OPEN",
            "CLOSED",
            legs=of_trade(CONDOR),
            entry_price=-1.8,
            close_price=-0.9,
            realized_pnl=180 - 5.6,
            fees=5.6,
            orders=[
                told_combined("b", 2, "ENTRY", CONDOR),
                told_combined("c", 3, "EXIT", other_way(CONDOR, 0.5)),
            ],
        ),
        trade(
            "expired",
            "PENDING",
            "OPEN",
            "EXPIRED",
            legs=of_trade(expired),
            entry_price=-0.6,
            close_reason="EXPIRED_OTM",
            realized_pnl=120 - 1.4,
            fees=1.4,
            orders=[told_combined("d", 4, "ENTRY", expired)],
        ),
        trade(
            "assigned",
            "PENDING",
            "OPEN",
            legs=[
                leg(A610, side="SHORT", option_type="PUT", quantity=0),
                {**shares, "quantity": 200, "origin": "ASSIGNED"},
            ],
            open_qty=2,
            entry_price=3.0,
            orders=[told_order("e", 5, "ENTRY", 2, 3.0) | {"side": "sell_to_open"}],
        ),
    ]


def found_in(there: Json, here: list[Json]) -> list[Finding]:
    return check({ACCOUNT: there}, {ACCOUNT: here}, today=TODAY, closes=CLOSES)


def test_true_structures_have_no_contradiction() -> None:
    """W-01, W-02: combined orders, signed prices, an expiry out of the money, shares of an assignment."""
    assert found_in(books(), history()) == []


TAMPERINGS: dict[str, tuple[Tamper, Rule]] = {
    "a leg was left out of an order": (
        lambda _, here: told(here, "condor")["orders"][1]["legs"].pop(),
        Rule.SAME_ORDER,
    ),
    "a leg filled less": (
        lambda there, _: there["orders"][0]["leg"][1].update(exec_quantity=1.0),
        Rule.QUANTITIES,
    ),
    "a leg was bought for more": (
        lambda there, _: there["orders"][0]["leg"][1].update(avg_fill_price=1.3),
        Rule.PRICES,
    ),
    "a credit is told as a debit": (
        lambda _, here: told(here, "spread").update(entry_price=0.8),
        Rule.PRICES,
    ),
    "the legs' money is a cent off": (
        lambda _, here: told(here, "condor").update(realized_pnl=174.41),
        Rule.MONEY,
    ),
    "a leg was settled on another price": (
        lambda _, here: told(here, "expired").update(realized_pnl=120 - 1.4 - 50),
        Rule.MONEY,
    ),
    "fees of one leg only": (lambda _, here: told(here, "condor").update(fees=1.4), Rule.MONEY),
    "a leg is on the other side": (
        lambda there, _: there["orders"][1]["leg"][0].update(side="sell_to_open"),
        Rule.SAME_ORDER,
    ),
    "the long leg is gone": (lambda there, _: there["positions"].pop(1), Rule.POSITIONS),
    "assigned shares are missing": (lambda there, _: there["positions"].pop(2), Rule.POSITIONS),
}


@pytest.mark.parametrize("name", sorted(TAMPERINGS))
def test_it_bites_at_each_leg(name: str) -> None:
    """Whatever is changed of one leg, on one side alone, is found under its rule."""
    tamper, rule = TAMPERINGS[name]
    there, here = deepcopy(books()), deepcopy(history())
    tamper(there, here)

    assert rule in {finding.rule for finding in found_in(there, here)}


def test_a_near_leg_that_expired_is_settled_before_the_far_one_is_sold() -> None:
    """W-05: a calendar is CLOSED with its near leg never traded again; its money is counted all the same."""
    near, far = "SPY260219C00600000", "SPY260320C00600000"
    calendar = [(near, "sell", 2.0), (far, "buy", 3.0)]
    there = {
        "orders": [
            combined(1, "open", calendar, "pt-a"),
            broker_order(2, "sell_to_close", 2.0, 4.0, tag="pt-b", option_symbol=far),
        ],
        "positions": "null",
    }
    sale = told_order("b", 2, "EXIT", 2, 4.0)
    sale["legs"] = [
        {"symbol": far, "side": "sell_to_close", "ratio": 1, "filled_quantity": 2, "avg_fill_price": 4.0}
    ]
    # Closed at 601.50: the near call cost 1.50 a share to settle.
    told_of = trade(
        "calendar",
        "PENDING",
        "OPEN",
        "CLOSED",
        legs=of_trade(calendar),
        entry_price=1.0,
        realized_pnl=-200 - 300 + 800 - 2.1,
        fees=2.1,
        orders=[told_combined("a", 1, "ENTRY", calendar), sale],
    )
    expired = {"at": "2026-02-19T15:01:30Z", "from_status": "OPEN", "to_status": "OPEN", "reason": "EXPIRED"}
    told_of["transitions"].insert(2, expired)
    assert found_in(there, [told_of]) == []

    expired["reason"] = "MANUAL_CLOSE"
    assert {one.rule for one in found_in(there, [told_of])} == {Rule.STATES}
    expired["reason"] = "EXPIRED"
    told_of["realized_pnl"] += 300
    assert {one.rule for one in found_in(there, [told_of])} == {Rule.MONEY}


@pytest.mark.parametrize(
    ("steps", "settled", "rules"),
    [
        ([], -300, set()),
        ([], 0, {Rule.MONEY}),
        (["ASSIGNED"], 0, set()),
        (["ASSIGNED"], -150, set()),
        (["ASSIGNED"], 1, {Rule.MONEY}),
    ],
    ids=["settled", "assigned and never told", "assigned", "one of two assigned", "a dollar too much"],
)
def test_a_call_may_be_assigned_out_of_another_trades_shares(
    steps: list[str], settled: int, rules: set[Rule]
) -> None:
    """W-01, W-05, seeds 920278, 942232: nothing is settled of it at its close."""
    near, far = "SPY260219C00600000", "SPY260219C00700000"
    spread = [(near, "sell", 2.0), (far, "buy", 0.1)]
    there = {"orders": [combined(1, "open", spread, "pt-a")], "positions": "null"}
    of_call = trade(
        "spread",
        "PENDING",
        "OPEN",
        "EXPIRED",
        legs=of_trade(spread),
        entry_price=-1.9,
        close_reason="EXPIRED_ITM",
        realized_pnl=380 - 1.4 + settled,
        fees=1.4,
        orders=[told_combined("a", 1, "ENTRY", spread)],
    )
    for reason in steps:
        last = of_call["transitions"][-1]
        still = {**last, "from_status": "OPEN", "to_status": "OPEN", "reason": reason}
        of_call["transitions"].insert(-1, still)

    found = check({ACCOUNT: there}, {ACCOUNT: [of_call]}, today=TODAY, closes=CLOSES)
    assert {finding.rule for finding in found} == rules


def test_a_call_alone_is_closed_by_its_assignment() -> None:
    """W-01, W-05, seed 942232: covered by the shares of another trade, it was never bought back."""
    call = "SPY260320C00600000"
    there = {
        "orders": [broker_order(1, "sell_to_open", 2.0, 3.0, tag="pt-a", option_symbol=call)],
        "positions": "null",
    }
    order = told_order("a", 1, "ENTRY", 2, 3.0) | {"side": "sell_to_open"}
    of_call = trade(
        "call",
        "PENDING",
        "OPEN",
        "CLOSED",
        legs=[leg(call, side="SHORT", option_type="CALL", quantity=0)],
        entry_price=3.0,
        realized_pnl=600 - 0.7,
        fees=0.7,
        orders=[order],
    )
    assert [one.rule for one in check({ACCOUNT: there}, {ACCOUNT: [of_call]}, today=TODAY)] == [
        Rule.QUANTITIES
    ]
    last = of_call["transitions"][-1]
    still = {**last, "from_status": "OPEN", "to_status": "OPEN", "reason": "ASSIGNED"}
    of_call["transitions"].insert(-1, still)

    assert check({ACCOUNT: there}, {ACCOUNT: [of_call]}, today=TODAY) == []
