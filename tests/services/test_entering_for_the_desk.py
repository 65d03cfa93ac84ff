"""W-07, B-05: the desk enters by the same door as a person."""

from uuid import UUID

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.commands.originate import enter
from chalicelib.services.environment import Environment
from chalicelib.services.errors import RiskLimitReached
from tests.services.stage import Stage
from tests.services.test_structures import vertical

STRATEGY = "5a9e8e5c-0000-7000-8000-000000000001"


@pytest.fixture
def jobs(stage: Stage) -> Environment:
    return stage.container.jobs_environment()


@pytest.mark.parametrize("mode", [BrokerMode.TRADIER_SANDBOX, BrokerMode.PAPER])
def test_what_the_desk_enters_is_a_trade_like_any_other(
    stage: Stage, jobs: Environment, mode: BrokerMode
) -> None:
    """W-07: named after its strategy, counted, carried to the broker; asked for twice it is one trade."""
    stage.set(broker_mode=mode.value)
    command = vertical(stage, qty=2)

    found = [enter(jobs, "alice", Originator.DESK, STRATEGY, command, "desk-1") for _ in range(2)]

    assert found[0] == found[1]
    trade = stage.trade({"id": str(found[0])})
    assert (trade["status"], trade["originator"], trade["originator_id"]) == ("OPEN", "DESK", STRATEGY)
    assert (trade["broker_mode"], trade["filled_qty"]) == (mode.value, 2)


def test_the_desks_entry_is_counted_like_a_persons(stage: Stage, jobs: Environment) -> None:
    """W-07, A-07: a limit that is reached refuses it before anything is stored."""
    stage.set(max_positions=1)
    first = enter(jobs, "alice", Originator.DESK, STRATEGY, vertical(stage), "desk-1")

    with pytest.raises(RiskLimitReached) as refused:
        enter(jobs, "alice", Originator.DESK, STRATEGY, vertical(stage), "desk-2")

    assert refused.value.limit == "max_positions"
    rows = stage.query("select id from paper_trades")
    assert [row.id for row in rows] == [UUID(str(first))]
