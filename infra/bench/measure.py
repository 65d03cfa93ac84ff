"""Taking times: medians of several runs, our way and the peer's by turns, so that noise hits both alike."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeVar

K = TypeVar("K")
_MILLISECONDS: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Medians over `rounds` runs, in milliseconds; `cpu_ms` is this process's own time, waits excluded."""

    wall_ms: float
    cpu_ms: float
    rounds: int


@dataclass(slots=True)
class _Stopwatch:
    walls: list[float]
    cpus: list[float]

    def run(self, work: Callable[[], object]) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        self.walls.append((time.perf_counter() - wall) * _MILLISECONDS)
        self.cpus.append((time.process_time() - cpu) * _MILLISECONDS)

    def timing(self) -> Timing:
        return Timing(wall_ms=median(self.walls), cpu_ms=median(self.cpus), rounds=len(self.walls))


def timed(work: Callable[[], object], *, rounds: int, warm: int = 1) -> Timing:
    """Run `work` `warm` times unmeasured, then `rounds` times."""
    for _ in range(warm):
        work()
    watch = _Stopwatch([], [])
    for _ in range(rounds):
        watch.run(work)
    return watch.timing()


def by_turns(
    works: Mapping[K, Callable[[], object]],
    *,
    rounds: int,
    warm: int = 1,
    before_each: Callable[[], object] | None = None,
) -> dict[K, Timing]:
    """Time several works by turns, each once a round; `before_each` (unmeasured) sets the stage for each."""
    watches = {key: _Stopwatch([], []) for key in works}
    with _stage_left_alone():
        for number in range(warm + rounds):
            for key, work in works.items():
                if before_each is not None:
                    before_each()
                if number < warm:
                    work()
                else:
                    watches[key].run(work)
    return {key: watch.timing() for key, watch in watches.items()}


@contextmanager
def _stage_left_alone() -> Iterator[None]:
    """Keep the garbage collector off what was made beforehand, canned quotes by the ten thousand.

    It goes on collecting what is made meanwhile.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def compared(
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int,
    warm: int = 1,
    before_each: Callable[[], object] | None = None,
) -> tuple[Timing, Timing]:
    """Time two ways by turns."""
    taken = by_turns({"ours": ours, "peer": peer}, rounds=rounds, warm=warm, before_each=before_each)
    return taken["ours"], taken["peer"]
