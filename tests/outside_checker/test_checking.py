"""The outside checker agrees with what is true, and bites at whatever is changed on either side."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local import outside_checker
from infra.local.outside_checker import Finding, Rule, check, collected
from tests.outside_checker.sample import (
    ACCOUNT,
    CALL,
    CLOSES,
    TODAY,
    Json,
    broker_order,
    leg,
    run,
    told,
    told_order,
)

Tamper = Callable[[Json, list[Json]], object]


def found_in(books: Json, trades: list[Json]) -> list[Finding]:
    """Compare one account."""
    return check({ACCOUNT: books}, {ACCOUNT: trades}, today=TODAY, closes=CLOSES)


def test_what_is_true_has_no_contradiction() -> None:
    """A stop hit, an open trade, a cancelled entry, an expiry in the money."""
    assert found_in(*run()) == []


def _drop_fill(books: Json, trades: list[Json]) -> None:
    told(trades, "closed")["orders"][1]["filled_quantity"] = 0


def _double_order(books: Json, trades: list[Json]) -> None:
    books["orders"].append(broker_order(9, "buy_to_open", 2.0, 1.3, tag="pt-a"))


def _unknown_live_order(books: Json, trades: list[Json]) -> None:
    books["orders"].append(broker_order(9, "sell_to_close", 2.0, 0.0, status="open"))


def _shared_order(books: Json, trades: list[Json]) -> None:
    told(trades, "open")["orders"].append(told_order("x", 1, "ENTRY", 2, 1.25))


def _invented_order(books: Json, trades: list[Json]) -> None:
    told(trades, "open")["orders"].append(told_order("x", 99, "EXIT", 1, None))


def _stray_stop(books: Json, trades: list[Json]) -> None:
    books["orders"][1]["leg"][1]["status"] = "open"
    told(trades, "closed")["orders"][2]["status"] = "OPEN"


def _loose_cancel(books: Json, trades: list[Json]) -> None:
    books["orders"][4] |= {"status": "filled", "exec_quantity": 1.0, "avg_fill_price": 1.0}


TAMPERINGS: dict[str, tuple[Tamper, Rule]] = {
    "a fill was dropped": (_drop_fill, Rule.QUANTITIES),
    "an order was doubled": (_double_order, Rule.ONE_OWNER),
    "an order nobody knows works": (_unknown_live_order, Rule.NO_STRAY),
    "an order belongs to two trades": (_shared_order, Rule.ONE_OWNER),
    "an order was invented": (_invented_order, Rule.ONE_OWNER),
    "an exit works for an ended trade": (_stray_stop, Rule.NO_STRAY),
    "a held position ended as CANCELED": (_loose_cancel, Rule.NOT_LOST),
    "a cent is missing": (
        lambda _, trades: told(trades, "closed").update(realized_pnl=-41.39),
        Rule.MONEY,
    ),
    "fees were forgotten": (lambda _, trades: told(trades, "closed").update(fees=0.7), Rule.MONEY),
    "an execution was cheaper": (
        lambda books, _: books["orders"][0].update(avg_fill_price=1.24),
        Rule.PRICES,
    ),
    "an average is wrong": (lambda _, trades: told(trades, "open").update(entry_price=1.3), Rule.PRICES),
    "a settlement was guessed": (
        lambda _, trades: told(trades, "expired").update(realized_pnl=-100.35),
        Rule.MONEY,
    ),
    "nothing was realised": (lambda _, trades: told(trades, "expired").update(realized_pnl=None), Rule.MONEY),
    "more is held than bought": (
        lambda books, _: books["positions"].update(quantity=3.0),
        Rule.POSITIONS,
    ),
    "the position is gone": (lambda books, _: books.update(positions="null"), Rule.POSITIONS),
    "less is told to be open": (lambda _, trades: told(trades, "open").update(open_qty=1), Rule.QUANTITIES),
    "a live order is told as ended": (
        lambda _, trades: told(trades, "open")["orders"][1].update(status="CANCELED"),
        Rule.SAME_ORDER,
    ),
    "an order is of another contract": (
        lambda books, _: books["orders"][2].update(option_symbol="SPY260320C00601000"),
        Rule.SAME_ORDER,
    ),
    "a transition was left out": (
        lambda _, trades: told(trades, "closed")["transitions"].pop(1),
        Rule.STATES,
    ),
    "a state was skipped": (
        lambda _, trades: told(trades, "closed")["transitions"][1].update(to_status="CANCELED"),
        Rule.STATES,
    ),
    "the last state is another": (
        lambda _, trades: told(trades, "open").update(status="CLOSING"),
        Rule.STATES,
    ),
    "transitions go back in time": (
        lambda _, trades: told(trades, "open")["transitions"][0].update(at="2026-02-20T15:00:00Z"),
        Rule.STATES,
    ),
    "a trade was deleted": (lambda _, trades: trades.remove(told(trades, "closed")), Rule.ONE_OWNER),
    "an order cannot be read": (lambda books, _: books["orders"][0].pop("status"), Rule.READABLE),
    "a number is none": (lambda _, trades: told(trades, "open").update(fees="NaN"), Rule.READABLE),
}


@pytest.mark.parametrize("name", sorted(TAMPERINGS))
def test_it_bites(name: str) -> None:
    """Whatever is changed, on one side alone, is found under its rule."""
    tamper, rule = TAMPERINGS[name]
    books, trades = run()
    tamper(books, trades)

    assert rule in {finding.rule for finding in found_in(books, trades)}


def test_an_empty_account_is_read_in_every_spelling() -> None:
    """`"null"`, null and absence are the same to Tradier."""
    for nothing in ("null", None):
        assert check({ACCOUNT: {"orders": nothing, "positions": nothing}}, {ACCOUNT: []}) == []
    assert check({ACCOUNT: {}}, {}) == []


def test_a_forgetful_broker_is_not_held_against_the_history() -> None:
    """A-12: what its owner confirmed as lost to a reset has no log to be compared with."""
    _, trades = run()
    kept = told(trades, "closed") | {"close_reason": "BROKER_RESET"}

    assert found_in({"orders": "null", "positions": "null"}, [kept]) == []


def test_trades_of_other_brokers_are_held_to_their_states() -> None:
    """A paper trade has no account at Tradier."""
    _, trades = run()
    paper = told(trades, "closed") | {"broker_mode": "PAPER"}
    torn = paper | {"transitions": paper["transitions"][:1]}

    assert found_in({}, [paper]) == []
    assert {finding.rule for finding in found_in({}, [torn])} == {Rule.STATES}


def test_average_prices_of_several_executions_sum_to_whole_cents() -> None:
    """I-13: 1 at 1.30 and 2 at 1.35 are 4.00, however the average is rounded."""
    books, trades = run()
    books["orders"][0] |= {"quantity": 3.0, "exec_quantity": 3.0, "avg_fill_price": 1.33333333}
    books["orders"][1]["leg"][0] |= {"quantity": 3.0, "exec_quantity": 3.0}
    closed = told(trades, "closed")
    closed |= {"filled_qty": 3, "entry_price": 1.333333, "fees": 2.1, "realized_pnl": 315 - 400 - 2.1}
    closed["orders"][0] |= {"quantity": 3, "filled_quantity": 3, "avg_fill_price": 1.333333}
    closed["orders"][1] |= {"quantity": 3, "filled_quantity": 3}

    assert found_in(books, trades) == []


def test_history_is_collected_over_pages() -> None:
    """Every state, cancelled ones by name, and each trade's transitions."""
    asked: list[str] = []

    def get(path: str) -> object:
        asked.append(path)
        if path.endswith("/transitions"):
            return {"items": [{"to_status": "PENDING"}]}
        first = "cursor" not in path
        return {"items": [{"id": "1" if first else "2"}], "next_cursor": "a/b" if first else None}

    assert [one["id"] for one in collected(get)] == ["1", "2"]
    assert "CANCELED" in asked[0]
    assert asked[2].endswith("&cursor=a%2Fb")


def test_a_trade_whose_orders_a_list_cuts_is_read_whole() -> None:
    """A-04: a list shows ten orders of a trade; its entry may be the eleventh."""

    def get(path: str) -> object:
        if path.endswith("/transitions"):
            return {"items": []}
        if path == "/api/trades/1":
            return {"id": "1", "orders": [{"id": str(number)} for number in range(11)]}
        return {"items": [{"id": "1", "orders": [{"id": str(number)} for number in range(1, 11)]}]}

    assert [len(list(one["orders"])) for one in collected(get)] == [11]  # type: ignore[call-overload]  # JSON


def test_an_answer_that_is_no_list_is_told() -> None:
    """A refusal is never taken for an empty history."""
    with pytest.raises(ValueError, match="not a list"):
        collected(lambda _: {"type": "about:blank", "status": 401})


@pytest.mark.parametrize(("sold", "rules"), [("SPY260320C00610000", set()), (CALL, {Rule.QUANTITIES})])
def test_legs_are_compared_one_by_one(sold: str, rules: set[Rule]) -> None:
    """A vertical whose short leg was sold is true; the long one sold in its place is found."""
    books, trades = run()
    trade = told(trades, "open")
    trade["legs"].append(leg("SPY260320C00610000", side="SHORT"))
    trade["orders"].append(told_order("v", 9, "ENTRY", 2, 1.0) | {"side": "SELL_TO_OPEN"})
    trade["fees"] = 1.4
    books["orders"].append(broker_order(9, "sell_to_open", 2.0, 1.0, tag="pt-v", option_symbol=sold))
    short = {"symbol": "SPY260320C00610000", "quantity": -2.0, "cost_basis": -200.0}
    books["positions"] = [books["positions"], short]

    found = {one.rule for one in found_in(books, trades)}
    assert rules <= found
    assert bool(found) is bool(rules)


def test_it_imports_nothing_but_the_standard_library() -> None:
    """What it says must not depend on anybody else's reading."""
    own = outside_checker.__name__
    for path in Path(str(outside_checker.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                assert name.startswith(own) or name.partition(".")[0] in sys.stdlib_module_names, path
