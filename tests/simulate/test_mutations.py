"""Does the check bite? Each guard that is off is noticed at its recorded seed, which is clean with it on."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from infra.local.simulate.mutations import MUTATIONS
from infra.local.simulate.worker import Task, Worker, worker

#: Found by `dev.py simulate --mutations`: the first seed that notices, and the invariant that does not hold.
NOTICED: Final[Mapping[str, tuple[int, str]]] = {
    "tag": (1, "I-09"),
    "lease": (12, "I-05"),
    "policy": (1, "I-21"),
    "freshness": (11, "I-15"),
    "quantity": (2, "I-08"),
    "confirm-cancel-first": (8, "I-07"),
    "limits": (3, "I-24"),
    "unknown": (1, "I-05"),
    "version": (1, "I-22"),
    "session": (1, "I-18"),
    "claim": (1, "I-20"),
    "idempotency": (2, "I-02"),
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
    outcome = alone.run(Task(seed=seed, mutation=name))

    assert any(violation.startswith(invariant) for violation in outcome.violations), outcome.violations


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted({seed for seed, _ in NOTICED.values()}))
def test_the_same_seed_is_clean_with_every_guard_on(alone: Worker, seed: int) -> None:
    assert alone.run(Task(seed=seed)).violations == []


def test_a_guard_is_on_again_after_its_mutation() -> None:
    """What is switched off in the process comes back, or the next seed would lie."""
    mutation = MUTATIONS["freshness"]
    ((owner, name),) = mutation.attributes()
    before = getattr(owner, name)
    with mutation.switched_off(""):
        assert getattr(owner, name) != before

    assert getattr(owner, name) == before
