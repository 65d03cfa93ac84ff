"""Work on many positions in one run, where a defect met in one holds up no other."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar
from uuid import UUID

from chalicelib.observability.facts import user_fact
from chalicelib.services.environment import Environment

_LOG: Final = logging.getLogger("papertape.ai")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[T]):
    """What is to be done for one user, about one trade where there is one."""

    username: str
    work: Callable[[], T]
    trade_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Defect:
    error: Exception


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """What became of all tasks, in their order."""

    found: Sequence[T | _Defect]

    def or_raise(self) -> list[T]:
        """Return what they did; raises the first defect that was met."""
        for one in self.found:
            if isinstance(one, _Defect):
                raise one.error
        return [one for one in self.found if not isinstance(one, _Defect)]


def each_apart(env: Environment, tasks: Sequence[Task[T]], failed: str) -> Finished[T]:
    """Carry all out side by side; what a defect raises over one is logged as `failed`, and kept."""
    return Finished(env.side_by_side.each([partial(_guarded, task, failed) for task in tasks]))


def _guarded(task: Task[T], failed: str) -> T | _Defect:
    try:
        return task.work()
    except Exception as error:  # noqa: BLE001  # a defect met in one leaves no other undone
        trade = {} if task.trade_id is None else {"trade_id": str(task.trade_id)}
        _LOG.exception("%s", failed, extra={"user": user_fact(task.username), **trade})
        return _Defect(error)
