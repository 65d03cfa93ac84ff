"""The market of a scan, gathered once for all users and strategies (B-02, issue 11)."""

import pytest

from chalicelib.domain.desk.pipeline.facts import AccountFacts
from chalicelib.services.desk.gather import gather
from chalicelib.services.desk.gathered import Gathered, wanted_by
from tests.domain.desk.desk_support import strategy
from tests.services.stage import Stage


def gathered(stage: Stage, *underlyings: str) -> Gathered:
    strategies = [("alice", strategy(underlying=one)) for one in underlyings or ("SPY",)]
    return gather(stage.container.jobs_environment(), wanted_by(strategies))


def test_a_scan_is_handed_price_chain_and_indices(stage: Stage) -> None:
    """B-02: spot, expirations, chain, VIX and VIX3M, each with its source's time."""
    found = gathered(stage)
    facts = found.facts_for("SPY", AccountFacts())

    assert facts.spot is not None
    assert facts.spot.value == pytest.approx(600, rel=0.05)
    assert facts.expirations is not None
    assert facts.expirations > 10
    assert found.in_contango is True
    assert found.unreadable(["SPY"]) == ()
    chain = found.underlyings["SPY"].chain
    assert chain is not None
    assert all(one.dte > 0 for one in chain.expiries)
