"""What fresh processes take: imports, and the way from a process's start to its first answer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS_MAX: Final = 60
_TIMED: Final = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
{code}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
_ANSWERED: Final = """
import json, time
{code}
print(json.dumps([time.monotonic(), time.process_time()]))
"""


class ProcessFailed(Exception):
    """A measured process did not end well."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name}: {said[-500:]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Something that fresh processes do, by which Python, in which environment."""

    name: str
    code: str
    python: str = sys.executable
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Medians in milliseconds."""

    wall_ms: float
    cpu_ms: float


def importing(ways: Sequence[Way], *, processes: int) -> dict[str, Spent]:
    """Time the code of each way in fresh processes, by turns; the interpreter's own start is left out."""
    return _by_turns(ways, processes, _imported)


def answering(ways: Sequence[Way], *, processes: int) -> dict[str, Spent]:
    """Time each way from its process's start to the end of its code."""
    return _by_turns(ways, processes, _answered)


def _by_turns(
    ways: Sequence[Way], processes: int, run: Callable[[Way], tuple[float, float]]
) -> dict[str, Spent]:
    taken: dict[str, list[tuple[float, float]]] = {way.name: [] for way in ways}
    ready = [replace(way, environment=_compiling(way)) for way in ways]
    for way in ready:
        run(way)  # once for the compiled files and the disk
    for _ in range(processes):
        for way in ready:
            taken[way.name].append(run(way))
    return {
        name: Spent(
            wall_ms=median(wall for wall, _ in times) * 1000, cpu_ms=median(cpu for _, cpu in times) * 1000
        )
        for name, times in taken.items()
    }


def _compiling(way: Way) -> Mapping[str, str]:
    """Return the way's environment, in which compiled files are kept whatever the developer's shell says.

    They lie beside their sources, as those of installed libraries do already: in a directory of their own all
    of them would be made anew, the libraries' too, before anything is measured.
    """
    environment = dict(os.environ if way.environment is None else way.environment)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _imported(way: Way) -> tuple[float, float]:
    wall, cpu = _run(way, _TIMED)
    return wall, cpu


def _answered(way: Way) -> tuple[float, float]:
    started = time.monotonic()  # one clock for all processes of a machine
    ended, cpu = _run(way, _ANSWERED)
    return ended - started, cpu


def _run(way: Way, frame: str) -> tuple[float, float]:
    """Run the code within its frame; raises ProcessFailed with the end of what it said."""
    done = subprocess.run(
        [way.python, "-c", frame.format(code=way.code)],
        cwd=ROOT,
        env=None if way.environment is None else dict(way.environment),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise ProcessFailed(way.name, done.stderr)
    first, second = json.loads(done.stdout.splitlines()[-1])
    return float(first), float(second)
