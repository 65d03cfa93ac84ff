"""A scan by Tradier alone: one call an expiry, within its budget (B-02, B-10)."""

from dataclasses import replace

import pytest

from chalicelib.domain.desk.pipeline.facts import AccountFacts
from chalicelib.marketdata.selection import MarketDataSelection, Wiring
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import Gathered, wanted_by
from chalicelib.services.environment import Environment
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.brokers.support import OpenBudget, sandbox
from tests.domain.desk.desk_support import strategy
from tests.services.outside import ACCOUNTS
from tests.services.stage import Stage

CHAINS = "GET /v1/markets/options/chains"


@pytest.fixture
def budget() -> OpenBudget:
    """Enough calls for anything."""
    return OpenBudget()


@pytest.fixture
def env(stage: Stage, budget: OpenBudget) -> Environment:
    """The product without ORATS: each user's own token reads."""
    wiring = Wiring(
        clock=stage.clock,
        http=HttpPool(EmulatorTransport(stage.world.hosts())),
        tradier_budget=budget,
        orats_budget=OpenBudget(),
    )
    tokens = {name: token for name, (_, token) in ACCOUNTS.items()}
    selection = MarketDataSelection(
        wiring,
        orats=None,
        tradier_token_for=lambda name: (
            None if name is None else sandbox("https://sandbox.tradier.com", tokens[name])
        ),
    )
    return replace(stage.container.jobs_environment(), market_data=selection)


def gathered(env: Environment, *underlyings: str) -> Gathered:
    return gather(env, wanted_by([("alice", replace(strategy(), underlying=one)) for one in underlyings]))


def days_of(found: Gathered, underlying: str) -> list[int]:
    chain = found.underlyings[underlying].chain
    return [] if chain is None else [one.dte for one in chain.expiries]


def chain_calls(stage: Stage) -> int:
    by_endpoint = stage.world.sandbox.calls()["by_endpoint"]
    assert isinstance(by_endpoint, dict)
    return int(by_endpoint.get(CHAINS, 0))


def test_one_call_an_expiry_and_none_twice(stage: Stage, env: Environment) -> None:
    """Issue 11, figures: one chain call per underlying and expiry and scan."""
    found = gathered(env, "SPY", "QQQ")

    assert chain_calls(stage) == len(days_of(found, "SPY")) + len(days_of(found, "QQQ"))
    assert found.underlyings["SPY"].facts.implied_volatility == pytest.approx(0.16, abs=0.02)
    assert found.underlyings["SPY"].origins["chain"].source == "tradier"


def test_what_the_budget_left_out_is_read_first_by_the_next_scan(
    stage: Stage, env: Environment, budget: OpenBudget
) -> None:
    """B-10: judged by what was read within five minutes; nothing starves."""
    whole = [days_of(gathered(env, "SPY", "QQQ"), one) for one in ("SPY", "QQQ")]
    stage.advance(301)
    budget.left = 1 + len(whole[0])
    first = gathered(env, "SPY", "QQQ")
    stage.advance(60)
    budget.left = 1 + len(whole[1])
    second = gathered(env, "SPY", "QQQ")

    assert sorted([len(days_of(first, "SPY")), len(days_of(first, "QQQ"))]) == [0, len(whole[0])]
    assert [days_of(second, one) for one in ("SPY", "QQQ")] == whole


def test_an_iv_of_a_month_that_lacks_an_expiry_is_not_known(
    stage: Stage, env: Environment, budget: OpenBudget
) -> None:
    """B-02, E2: it fails closed, what could be read is there."""
    gathered(env, "SPY")
    stage.advance(301)
    budget.left = 3
    found = gathered(env, "SPY")

    assert len(days_of(found, "SPY")) == 2
    assert found.facts_for("SPY", AccountFacts()).implied_volatility is None
    assert found.underlyings["SPY"].trouble
