"""/api/backtests (B-12, B-15): asked for, carried out in slices, told with performance's figures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.clocks.backtest_messages import parse_backtest_work
from chalicelib.services.backtests import carry_out as slices
from chalicelib.services.backtests.carry_out import carry_out
from chalicelib.services.environment import Environment
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from tests.api.support import Api, User
from tests.domain.backtest.backtest_support import BODY, CONDOR

PATH = "/api/backtests"
QUARTER = {**BODY, "to": "2025-03-31"}
#: Enough where it counts how the work goes on, not what is traded: a month, and six weeks with trades.
SIX_WEEKS = {**BODY, "to": "2025-02-14"}
MONTH = {**BODY, "to": "2025-01-31"}


@contextmanager
def _of_jobs(api: Api) -> Iterator[Environment]:
    """The environment under the role that jobs have."""
    engine = open_engine(api.urls.jobs)
    yield api.environment.with_database(Database(engine, api.clock))
    engine.dispose()


def carried_out(api: Api, most: int = 100) -> list[str | None]:
    """Have the job do what was sent for, and what it sends itself, so many messages at most."""
    found: list[str | None] = []
    with _of_jobs(api) as env:
        while len(found) < most:
            waiting = [one for one in api.bus.sent if one[0] == "backtest"]
            if not waiting:
                break
            api.bus.sent.remove(waiting[0])
            found.append(carry_out(env, parse_backtest_work(waiting[0][1])))
    return found


def test_a_strategy_is_tested_end_to_end(api: Api, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-12, B-15: 202 with an id, then running with its progress, then done with every figure."""
    monkeypatch.setattr(slices, "SLICES_A_MESSAGE", 1)
    answer = alice.post(PATH, QUARTER)
    assert (answer.status, answer.json["status"], answer.json["progress"]) == (202, "queued", 0)
    where = answer.headers["location"]
    assert where == f"{PATH}/{answer.json['id']}"
    assert carried_out(api, 1) == ["running"]
    between = alice.get(where).json
    assert (between["status"], between["progress"], between["result"]) == ("running", 35, None)
    assert carried_out(api)[-1] == "done"

    found = alice.get(where).json
    result = found["result"]
    assert (found["status"], found["progress"]) == ("done", 100)
    log = result["trade_log"]
    assert result["trades"] == result["winning_trades"] + result["losing_trades"] == len(log) > 0
    assert result["total_pnl"] == pytest.approx(sum(one["realized_pnl"] for one in log))
    assert result["equity_curve"][-1]["equity"] == pytest.approx(100_000 + result["total_pnl"])
    assert {one["stage"] for one in log[0]["gates"]} >= {"A", "B", "C1", "E1", "G3", "H", "EXECUTION"}
    for one in log:
        assert one["r"] == pytest.approx(one["realized_pnl"] / one["max_loss"], abs=1e-6)
        assert max(won for _, won in one["payoff"]) == one["max_profit"]
        assert -min(won for _, won in one["payoff"]) == one["max_loss"]
    assert result["r"]["mean"] == pytest.approx(sum(one["r"] for one in log) / len(log), abs=1e-6)
    assert (result["missing"], result["assumed"]) == ([], [])
    assert any("15:29" in note for note in result["notes"])
    assert [one["check"] for one in result["bias"]] == [
        *("look_ahead", "data_gaps", "significance", "crises", "fills", "sensitivity")
    ]
    assert result["bias"][0]["passed"] is True
    assert "strategies with one value a little less or more" in result["bias"][5]["words"]
    assert result["avg_days_in_trade"] > 1
    assert [one["id"] for one in alice.get(PATH).json["items"]] == [found["id"]]


def test_the_same_again_is_the_same_to_the_byte(
    api: Api, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-12: whatever the slices were, and though a worker died between two of them and another began anew."""
    first = alice.post(PATH, SIX_WEEKS).json["id"]
    carried_out(api)
    monkeypatch.setattr(slices, "SLICE_DAYS", 7)
    monkeypatch.setattr(slices, "SLICES_A_MESSAGE", 2)
    second = alice.post(PATH, SIX_WEEKS).json["id"]
    (message,) = [one for one in api.bus.sent if one[0] == "backtest"]
    carried_out(api, 1)
    with _of_jobs(api) as env:  # the first message again: whoever took it was killed before it could say so
        assert carry_out(env, parse_backtest_work(message[1])) == "running"
    assert carried_out(api)[-1] in {"done", None}
    results = [alice.get(f"{PATH}/{one}").json["result"] for one in (first, second)]
    assert json.dumps(results[0]) == json.dumps(results[1])
    assert results[0]["trades"] > 0


def test_a_stored_strategy_is_tested_by_its_id(api: Api, alice: User, bob: User) -> None:
    """B-12: `strategy` is an id or a body; another's strategy is none of yours."""
    strategy_id = alice.post("/api/strategies", CONDOR).json["id"]
    answer = alice.post(PATH, {**QUARTER, "strategy": strategy_id})
    assert (answer.status, answer.json["request"]["strategy"]["id"]) == (202, strategy_id)
    refused = bob.post(PATH, {**QUARTER, "strategy": strategy_id})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "strategy")
    assert bob.get(f"{PATH}/{answer.json['id']}").status == 404
    assert bob.delete(f"{PATH}/{answer.json['id']}").status == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"assume": ["weather"]}, "assume"),
        ({"from": "2025-01-04", "to": "2025-01-05"}, "from"),
        ({"strategy": {**CONDOR, "max_positions": 0}}, "strategy.max_positions"),
        ({"source": "nowhere"}, "source"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(alice: User, changed: dict[str, Any], field: str) -> None:
    """422 with every field."""
    refused = alice.post(PATH, {**QUARTER, **changed})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


def test_one_under_way_is_canceled_and_three_are_the_most(api: Api, alice: User) -> None:
    """B-15: DELETE cancels; what is canceled is not carried on, what is done stays done."""
    ids = [alice.post(PATH, MONTH).json["id"] for _ in range(3)]
    assert alice.post(PATH, MONTH).status == 422
    canceled = alice.delete(f"{PATH}/{ids[0]}")
    assert (canceled.status, canceled.json["status"], canceled.json["result"]) == (200, "canceled", None)
    assert sorted(str(one) for one in carried_out(api)) == ["None", "done", "done"]
    assert alice.delete(f"{PATH}/{ids[1]}").json["status"] == "done"
    assert alice.get(f"{PATH}/{ids[0]}").json["status"] == "canceled"


def test_a_sweep_is_spread_and_told_as_a_map(api: Api, alice: User) -> None:
    """B-12: sets of parameters go through the queue; the cell that names what was asked is the run itself."""
    asked = {**QUARTER, "sweep": {"profit_target_pct": [25, 50], "exit_conditions.stop_pct": [100, 200]}}
    where = alice.post(PATH, asked).headers["location"]
    assert carried_out(api) == ["running", "done"]
    result = alice.get(where).json["result"]
    cells = result["sweep"]
    assert [tuple(one["values"].values()) for one in cells] == [(25, 100), (25, 200), (50, 100), (50, 200)]
    assert cells[3]["total_pnl"] == result["total_pnl"]
    assert cells[3]["sharpe"] == pytest.approx(result["sharpe"])
    assert cells[0]["trades"] > 0


def test_a_lost_message_is_sent_again_by_who_looks(api: Api, alice: User) -> None:
    """I-28: nothing that was accepted is left lying, be it begun; who looks twice asks once."""
    asked = {**MONTH, "sweep": {"profit_target_pct": [25, 50]}}
    where = alice.post(PATH, asked).headers["location"]
    first, *_ = api.bus.sent
    api.bus.sent.clear()
    api.clock.at += timedelta(minutes=6)
    alice.get(where)
    alice.get(where)
    again = [dict(payload)["part"] for _, payload, *_ in api.bus.sent]
    api.bus.sent[:] = [first]
    carried_out(api)
    api.clock.at += timedelta(minutes=6)
    alice.get(where)
    left = [dict(payload)["part"] for _, payload, *_ in api.bus.sent]

    assert (again, left) == ([0, 1], [1])
    assert alice.get(where).json["status"] == "running"
