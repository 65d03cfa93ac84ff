"""What a backtest may be asked for (B-12): every fault by its field."""

from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.backtest.request import BacktestRequest, parameter_sets, read_request
from tests.domain.backtest.backtest_support import BODY, CONDOR, asked


def test_what_is_not_told_has_its_default() -> None:
    """B-12: 100,000 dollars, 0.5 per cent, 0.65 a contract, the touch."""
    found = asked()
    told = (found.initial_capital, found.slippage_pct, found.commission, found.fill_rule, found.source)
    assert [str(one) for one in told] == ["100000", "0.5", "0.65", "touch", "synthetic"]


def test_reads_back_what_it_wrote() -> None:
    """A stored request is the request: a job reads it again."""
    found = asked(assume=["vix"], sweep={"short_delta": [0.1, 0.2]}, fill_rule="mid_pct")
    again = read_request(found.as_json(), None, ["synthetic"], UUID(int=1))
    assert again == found


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"from": "2025-13-01"}, "from"),
        ({"from": "2026-01-01"}, "from"),
        ({"to": None}, "to"),
        ({"initial_capital": 1}, "initial_capital"),
        ({"slippage_pct": -1}, "slippage_pct"),
        ({"commission": "much"}, "commission"),
        ({"source": "yahoo"}, "source"),
        ({"fill_rule": "last"}, "fill_rule"),
        ({"assume": ["weather"]}, "assume"),
        ({"seed": 1.5}, "seed"),
        ({"strategy": "a condor"}, "strategy"),
        ({"strategy": {**CONDOR, "type": "straddle"}}, "strategy.type"),
        ({"sweep": {"short_delta": [0.1, 7]}}, "sweep"),
        ({"sweep": {"shoe_size": [1]}}, "sweep"),
        ({"sweep": {"stop_pct": list(range(1, 102))}}, "sweep"),
        ({"color": "red"}, "color"),
    ],
)
def test_names_what_is_wrong(changed: dict[str, Any], field: str) -> None:
    found = read_request({**BODY, **changed}, None, ["synthetic"], UUID(int=1))
    assert not isinstance(found, BacktestRequest)
    assert field in {fault.field for fault in found}


def test_a_sweep_is_every_set_of_its_values() -> None:
    """The last parameter varies fastest."""
    found = parameter_sets(asked(sweep={"short_delta": [0.1, 0.2], "exit_conditions.stop_pct": [100, 150]}))
    assert [list(one.values()) for one in found] == [[0.1, 100], [0.1, 150], [0.2, 100], [0.2, 150]]
