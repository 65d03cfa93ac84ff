"""Virtual time and its actors: order by seeded choice, deaths that nothing survives."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.simulate.engine import Engine
from infra.local.simulate.trace import Trace

START = datetime(2026, 2, 19, 14, 30, tzinfo=UTC)


@pytest.fixture
def engine() -> Engine:
    return Engine(start=START, choices=random.Random(1), trace=Trace())


def _nothing(_over: bool) -> None:
    return None


def _waiting(engine: Engine, name: str, seen: list[str]) -> Callable[[], None]:
    def work() -> None:
        for step in range(3):
            seen.append(f"{name}{step}")
            engine.sleep(2)

    return work


def test_a_wait_lets_others_act_and_time_pass(engine: Engine) -> None:
    """Two actors that wait in turn are interleaved; nobody waits in real time."""
    seen: list[str] = []
    engine.spawn("a", _waiting(engine, "a", seen))
    engine.spawn("b", _waiting(engine, "b", seen), at=START + timedelta(seconds=1))
    engine.finish_actors(_nothing)

    assert seen == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert engine.now() == START + timedelta(seconds=7)


def test_a_killed_actor_does_nothing_more_not_even_at_its_end(engine: Engine) -> None:
    """What a process would do in `finally` is not done by one that is gone."""
    seen: list[str] = []

    def work() -> None:
        try:
            engine.point("first")
            seen.append("first")
            engine.point("second")
            seen.append("second")
        finally:
            engine.point("release")
            seen.append("released")

    died: list[bool] = []
    engine.spawn("doomed", work, kill_at=2, on_death=lambda: died.append(True))
    engine.finish_actors(_nothing)

    assert (seen, died, engine.counts.kills) == (["first"], [True], 1)


def test_nobody_waits_while_holding_a_transaction(engine: Engine) -> None:
    """So no two transactions are ever open at once, and no lock is ever waited for."""

    def work() -> None:
        actor = engine.current()
        assert actor is not None
        actor.open_transactions = 1
        engine.sleep(1)

    engine.spawn("holder", work)
    with pytest.raises(AssertionError, match="holds a transaction"):
        engine.finish_actors(_nothing)


def test_what_is_due_together_happens_as_it_was_asked_for(engine: Engine) -> None:
    """Equal instants keep their order: the heap never compares actors."""
    seen: list[int] = []
    for number in range(5):
        engine.at(START, lambda number=number: seen.append(number))  # type: ignore[misc]  # bound in the loop
    engine.run_until(START, _nothing)

    assert seen == [0, 1, 2, 3, 4]
