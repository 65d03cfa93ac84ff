"""Does the check bite? Each guard that is off is noticed at its recorded day, which is clean with it on."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from infra.local.simulate.mutations import MUTATIONS
from infra.local.simulate.worker import Task, Worker, worker
from tests.simulate.seeds import SEEDS

#: Found by `dev.py simulate --mutations --days 1`: the first seed that notices, and what does not hold.
NOTICED: Final[Mapping[str, tuple[int, str]]] = {
    "tag": (1, "I-10"),
    "lease": (61, "I-20"),
    "policy": (1, "I-21"),
    "freshness": (5, "I-15"),
    "confirm-cancel-first": (10, "I-13"),
    "version": (3, "I-22"),
    "claim": (1, "I-20"),
    "idempotency": (3, "I-02"),
    "session": (1, "I-18"),
    "limits": (15, "I-24"),
    "budget": (4, "I-26"),
    "books": (4, "I-31"),
    "owner": (3, "I-32"),
    "share": (157, "I-36"),
    "counters": (60, "I-36"),
    "quantity": (26, "I-35"),
    "retries": (4, "I-35"),
    "served": (20, "I-37"),
    "unknown": (1, "I-05"),
    "accepted": (25, "I-34"),
    "exercise": (62, "I-17"),
    "intent": (3, "I-05"),
    "excess": (30, "I-09"),
    "account": (7, "I-32"),
    "legs": (6, "I-38"),
    "one-price": (6, "I-17"),
    "collateral": (44, "I-38"),
    "gates": (17, "I-40"),
    "switch": (11, "I-24"),
    "doubt": (23, "I-33"),
}

#: What takes more than one day to be noticed: `--days` of the command.
DAYS: Final[Mapping[str, int]] = {"doubt": 2}

#: What needs more of some faults than a day of all kinds has: its kinds alone, `--faults` of the command.
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "confirm-cancel-first": frozenset({"cancel_loses", "partial_fill"}),
    "exchange-unknown": frozenset({"timeout_after"}),
}


@pytest.fixture(scope="module")
def alone() -> Iterator[Worker]:
    """A worker in this process."""
    with worker() as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NOTICED))
def test_a_guard_that_is_off_is_noticed(alone: Worker, name: str) -> None:
    seed, invariant = NOTICED[name]
    outcome = alone.run(Task(seed=seed, days_max=DAYS.get(name, 1), mutation=name, kinds=KINDS.get(name)))

    assert any(violation.startswith(invariant) for violation in outcome.violations), outcome.violations


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seed", "invariant"),
    [
        ("fallback", 54, "I-41"),
        ("persistence", 982456, "I-42"),
        ("exchange-stop", 1500028, "I-11"),
        ("exchange-unknown", 1500028, "I-05"),
        ("side-by-side", 1400450, "I-36"),
    ],
)
def test_guards_that_long_days_notice(alone: Worker, name: str, seed: int, invariant: str) -> None:
    """Noticed within seconds; the same day without the mutation takes minutes, and is left to the command."""
    outcome = alone.run(Task(seed=seed, days_max=1, mutation=name, kinds=KINDS.get(name)))

    assert any(violation.startswith(invariant) for violation in outcome.violations), outcome.violations


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted({seed for seed, _ in NOTICED.values()} - {60, *SEEDS}))
def test_the_same_seed_is_clean_with_every_guard_on(alone: Worker, seed: int) -> None:
    """Those of SEEDS are shown to be clean where all of them are lived through, 60 below."""
    assert alone.run(Task(seed=seed, days_max=1)).violations == []


@pytest.mark.slow
def test_who_is_disabled_in_one_run_is_another_person_in_the_next(alone: Worker) -> None:
    """Sign-in is the worker's: a run that ends in its midst leaves nothing to the tokens of the next."""
    seed, _ = NOTICED["served"]
    with_tokens, _ = NOTICED["counters"]
    assert alone.run(Task(seed=seed, days_max=1, mutation="served")).violations

    assert alone.run(Task(seed=with_tokens, days_max=1)).violations == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DAYS))
def test_the_same_days_are_clean_with_every_guard_on(alone: Worker, name: str) -> None:
    """The same seed for as many days."""
    seed, _ = NOTICED[name]

    assert alone.run(Task(seed=seed, days_max=DAYS[name])).violations == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KINDS.keys() & NOTICED.keys()))
def test_the_same_faults_are_clean_with_every_guard_on(alone: Worker, name: str) -> None:
    """The same seed with those faults alone."""
    seed, _ = NOTICED[name]

    assert alone.run(Task(seed=seed, days_max=1, kinds=KINDS[name])).violations == []


def test_a_guard_is_on_again_after_its_mutation() -> None:
    """What is switched off in the process comes back, or the next seed would lie."""
    mutation = MUTATIONS["freshness"]
    ((owner, name),) = mutation.attributes()
    before = getattr(owner, name)
    with mutation.switched_off(""):
        assert getattr(owner, name) != before

    assert getattr(owner, name) == before
