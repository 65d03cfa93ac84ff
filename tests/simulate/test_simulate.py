"""Seeded days: the same seed lives the same days, and whatever is kept as a seed holds."""

from collections.abc import Iterator

import pytest

from infra.local.simulate.command import main
from infra.local.simulate.mutations import MUTATIONS
from infra.local.simulate.outcome import Outcome
from infra.local.simulate.trouble import LEVELS, kinds_of
from infra.local.simulate.worker import Task, Worker, live_through, worker
from tests.simulate.seeds import SEEDS


@pytest.fixture(scope="module")
def alone() -> Iterator[Worker]:
    """A worker in this process."""
    with worker() as started:
        yield started


@pytest.fixture(scope="module")
def lived() -> dict[int, Outcome]:
    """What came of one day of each seed, lived through in processes of their own."""
    tasks = [Task(seed=seed, days_max=1) for seed in SEEDS]
    return {outcome.seed: outcome for outcome in live_through(tasks, 2)}


@pytest.mark.slow
def test_the_same_seed_lives_the_same_days_in_any_process(alone: Worker, lived: dict[int, Outcome]) -> None:
    """A failing seed can be replayed: the whole trace is the same, twice here and once elsewhere."""
    first, second = (alone.run(Task(seed=5, days_max=1)) for _ in range(2))
    elsewhere, other = lived[5], lived[6]

    assert first.trace == second.trace == elsewhere.trace
    assert first.digest == elsewhere.digest != other.digest


@pytest.mark.slow
def test_one_faulty_day_of_each_seed_holds(lived: dict[int, Outcome]) -> None:
    """invariants.md after every step, and at rest after each day."""
    outcomes = lived.values()

    assert {outcome.seed: outcome.violations for outcome in outcomes if outcome.violations} == {}
    assert sum(outcome.counts["kills"] for outcome in outcomes) > 25
    assert sum(sum(outcome.faults.values()) for outcome in outcomes) > 50


def test_the_levels_get_rougher() -> None:
    chances = [(one.kill, one.never, one.twice, one.faults_per_minute) for one in LEVELS.values()]

    assert chances == sorted(chances)
    assert list(LEVELS) == ["none", "light", "heavy"]


def test_every_guard_of_the_list_can_be_switched_off() -> None:
    """invariants.md names seven; there may be more."""
    named = {"tag", "lease", "policy", "freshness", "quantity", "confirm-cancel-first", "version"}

    assert named <= MUTATIONS.keys()


def test_a_kind_of_fault_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        kinds_of("slow,nonsense")
    with pytest.raises(SystemExit):
        main(["--faults", "nonsense", "--seeds", "1"])

    assert "nonsense: no kind of fault here" in capsys.readouterr().err
