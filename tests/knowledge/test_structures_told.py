"""The knowledge tools tell a structure by its name and its legs (A-16, W-01)."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.api.knowledge.tools import TOOLS
from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage
from tests.services.test_structures import vertical
from tests.services.test_structures_analysed import condor, held_and_left
from tests.services.test_structures_kept import put_assigned


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten minutes after the open of a quiet Thursday."""
    made = Stage(database_urls)
    yield made
    made.close()


def ask(stage: Stage, tool: str, **arguments: Any) -> dict[str, Any]:  # Any: JSON
    (found,) = (one for one in TOOLS if one.name == tool)
    return found.call(stage.env, "alice", arguments)


def test_a_list_names_structures_and_their_legs(stage: Stage) -> None:
    """A condor has no right and no strike of its own; a lone option is told as before, without legs."""
    condors = stage.place(condor(stage))
    alone = stage.place(stage.command())
    items = {item["id"]: item for item in ask(stage, "list_trades")["items"]}

    told = items[condors["id"]]
    assert told["structure"] == "IRON_CONDOR"
    assert not {"option_type", "strike", "expiry"} & told.keys()
    assert [leg["side"] for leg in told["legs"]] == ["LONG", "SHORT", "SHORT", "LONG"]
    assert [leg["strike"] for leg in told["legs"]] == [leg["strike"] for leg in condors["legs"]]
    assert items[alone["id"]]["structure"] == "LONG_CALL"
    assert "legs" not in items[alone["id"]]


def test_shares_of_an_assignment_are_told_as_a_leg(stage: Stage) -> None:
    """W-05: what nobody asked for is named with what brought it."""
    held = put_assigned(stage)
    (item,) = ask(stage, "list_trades")["items"]

    assert item["structure"] == "SHORT_PUT"
    assert [leg.get("origin") for leg in item["legs"]] == [None, "ASSIGNED"]
    assert ask(stage, "get_trade", trade_id=held["id"])["trade"]["legs"] == held["legs"]


def test_a_loss_and_the_figures_tell_the_structure(stage: Stage) -> None:
    """A-16: legs beside the trade, results by structure, entries found by it."""
    ended = held_and_left(stage, vertical(stage), minutes=1)
    assert ended["realized_pnl"] < 0
    told = ask(stage, "explain_loss", trade_id=ended["id"])

    assert told["trade"]["structure"] == "VERTICAL"
    assert [leg["symbol"] for leg in told["legs"]] == [leg["symbol"] for leg in ended["legs"]]
    by = ask(stage, "performance")["by"]["structure"]
    assert [group["key"] for group in by] == ["VERTICAL"]
    found = ask(stage, "find_similar_entries", structure="VERTICAL")
    assert found["items"][0]["entry"]["structure"] == "VERTICAL"
