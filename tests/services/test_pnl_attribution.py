"""Where the P&L came from (A-09, `pnl_attribution`): of real fills and snapshots, by leg, to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.api.shapes.performance import shape_performance
from chalicelib.services.analysis.performance import read_performance
from chalicelib.store.analysis.outcomes import OutcomeFilter
from tests.services.stage import Stage, eastern
from tests.services.test_structures_analysed import condor, held_and_left, short_put

PARTS = ("delta", "gamma", "theta", "vega", "residual", "fees", "slippage")


def total(split: dict[str, Any]) -> Decimal:  # Any: JSON
    return sum((Decimal(str(split[name])) for name in PARTS), Decimal(0))


def analysed(stage: Stage, trade: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Return an ended trade's split after the night's analysis."""
    stage.run("forensics")
    found = stage.trade(trade)["pnl_attribution"]
    assert isinstance(found, dict)
    return found


def test_an_option_is_split_to_the_cent_and_its_parts_have_their_greeks_signs(stage: Stage) -> None:
    """A call held for half an hour while its stock moves: delta takes the move's sign, theta is below 0."""
    placed = stage.place()
    contract = stage.contract()
    before = stage.env.market_data.for_user("alice").underlying_quotes([contract.underlying])[0].last
    for _ in range(30):
        stage.advance(60)
        stage.run("snapshot")
    after = stage.env.market_data.for_user("alice").underlying_quotes([contract.underlying])[0].last
    stage.close_trade(stage.trade(placed))
    ended = stage.trade(placed)
    assert ended["pnl_attribution"] is None, "not analysed yet"

    split = analysed(stage, ended)

    assert before is not None
    assert after is not None
    assert total(split) == Decimal(str(ended["realized_pnl"]))
    assert split["fees"] == pytest.approx(-ended["fees"])
    assert split["delta"] * float(after - before) > 0
    assert split["theta"] < 0
    assert split["gamma"] >= 0
    assert split["slippage"] <= 0, "a market order pays the spread"
    assert split["unexplained"] == {"intervals": 0, "items": []}
    assert split["marks"] >= 30
    assert abs(split["residual"]) < 0.2 * max(abs(split["delta"]), 1.0) + 5


@pytest.mark.parametrize("of_structure", [condor, short_put])
def test_a_structure_is_split_by_its_legs_and_in_all(stage: Stage, of_structure: Any) -> None:  # Any: test's
    ended = held_and_left(stage, of_structure(stage), minutes=10)

    split = analysed(stage, ended)

    assert total(split) == Decimal(str(ended["realized_pnl"]))
    assert [leg["symbol"] for leg in split["legs"]] == [leg["symbol"] for leg in ended["legs"]]
    for name in PARTS:
        legs = sum((Decimal(str(leg[name])) for leg in split["legs"]), Decimal(0))
        assert legs == Decimal(str(split[name]))
    assert split["theta"] > 0, "sold premium decays to its seller"


def test_minutes_without_greeks_are_residual_and_named(stage: Stage) -> None:
    placed = stage.place()
    for _ in range(4):
        stage.advance(60)
        stage.run("snapshot")
    stage.close_trade(stage.trade(placed))
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.exec_driver_sql("update price_snapshots set gamma = null where kind = 'INTRADAY'")

    split = analysed(stage, stage.trade(placed))

    assert total(split) == Decimal(str(stage.trade(placed)["realized_pnl"]))
    assert split["unexplained"]["intervals"] == 3, "the entry's own mark has Greeks"
    first = split["unexplained"]["items"][0]
    assert first["reason"] == "no Greeks at its start"
    assert (first["leg_no"], first["from"] < first["to"]) == (1, True)


def test_a_trade_that_expired_and_a_night_between_add_up_too(stage: Stage) -> None:
    contract = stage.contract(expiry_index=0)
    placed = stage.place(stage.command(contract))
    stage.run("snapshot")
    stage.go_to(eastern(contract.expiry, 20))
    stage.run("expire")
    ended = stage.trade(placed)
    assert ended["status"] == "EXPIRED"

    split = analysed(stage, ended)

    assert total(split) == Decimal(str(ended["realized_pnl"]))
    assert any(one["reason"] == "ended by itself, at no mark" for one in split["unexplained"]["items"])


def test_a_split_by_more_marks_is_kept_when_marks_were_thinned(stage: Stage) -> None:
    ended = held_and_left(stage, stage.command(), minutes=10)
    first = analysed(stage, ended)
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.exec_driver_sql("delete from price_snapshots where kind = 'INTRADAY'")
        connection.exec_driver_sql("update paper_trades set analysed_at = null, forensics_source = null")

    assert analysed(stage, ended) == first


def test_performance_adds_the_splits_up_by_strategy(stage: Stage) -> None:
    by_name: dict[str | None, list[dict[str, Any]]] = {"fly": [], None: []}  # Any: JSON
    for strategy in ("fly", None, "fly"):
        named: dict[str, Any] = {} if strategy is None else {"strategy": strategy}  # Any: fields
        command = stage.command(**named)
        by_name[strategy].append(held_and_left(stage, command, minutes=2))
    stage.run("forensics")

    figures = shape_performance(read_performance(stage.env, "alice", OutcomeFilter()))

    told = figures["pnl_attribution"]
    assert isinstance(told, list)
    assert [(one["key"], one["trades"]) for one in told if isinstance(one, dict)] == [("fly", 2), (None, 1)]
    for one in told:
        assert isinstance(one, dict)
        pnl = sum((Decimal(str(trade["realized_pnl"])) for trade in by_name[one["key"]]), Decimal(0))  # type: ignore[index]
        assert Decimal(str(one["total_pnl"])) == pnl
    filtered = read_performance(stage.env, "alice", OutcomeFilter(strategy="fly"))
    assert [one.key for one in filtered.splits] == ["fly"]
