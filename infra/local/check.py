"""`dev.py test`: everything CI runs, each part timed, the whole failing if any part fails."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.local.programs import ensure_programs

ROOT: Final = Path(__file__).resolve().parents[2]
BIN: Final = Path(sys.executable).parent
QUICK: Final = "--quick"
#: A worker may hold a PostgreSQL, a whole stack and a browser at once.
WORKERS_MAX: Final = 4
#: Many a test waits for a browser or a stack: another worker uses the core meanwhile.
WORKERS_BEYOND_CORES: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of the check: its name and the program with its arguments."""

    name: str
    command: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step ended and how long it took in seconds."""

    name: str
    passed: bool
    seconds: float


def steps(*, quick: bool, pytest_arguments: Sequence[str]) -> list[Step]:
    """List the parts: what reads the source, and last the tests."""
    only = ["-m", "not slow"] if quick else []
    return [
        Step(name="ruff check", command=[str(BIN / "ruff"), "check", "."]),
        Step(name="ruff format", command=[str(BIN / "ruff"), "format", "--check", "."]),
        Step(name="mypy", command=[sys.executable, "-m", "mypy"]),
        Step(name="import layers", command=[str(BIN / "lint-imports")]),
        Step(
            name="pytest",
            command=[
                sys.executable,
                "-m",
                "pytest",
                "--durations=10",
                *_side_by_side(),
                *only,
                *pytest_arguments,
            ],
        ),
    ]


def _side_by_side() -> list[str]:
    """Share the test files out over the cores; the tests of one file stay together, for their fixtures.

    They come in the order that tests/conftest.py gives them: the long ones first.
    """
    workers = min((os.cpu_count() or 1) + WORKERS_BEYOND_CORES, WORKERS_MAX)
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def environment() -> dict[str, str]:
    """Return what each part runs in: compiled modules are kept, whatever the shell says.

    Every worker, stack and command that a test starts would compile them all anew.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(step: Step) -> Outcome:
    """Run one part, its words going straight to the terminal."""
    print(f"\n── {step.name}", flush=True)
    started = time.monotonic()
    passed = subprocess.run(step.command, cwd=ROOT, env=environment(), check=False).returncode == 0
    return Outcome(name=step.name, passed=passed, seconds=time.monotonic() - started)


def run_aside(step: Step) -> Outcome:
    """Run one part beside others; its words are shown in one piece, and only when it failed."""
    started = time.monotonic()
    ended = subprocess.run(
        step.command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        print(f"\n── {step.name} FAILED\n{ended.stdout}", flush=True)
    return Outcome(name=step.name, passed=ended.returncode == 0, seconds=time.monotonic() - started)


def run_all(parts: Sequence[Step]) -> list[Outcome]:
    """Run the last part, and beside it the others one after another; answers in the order of the parts."""
    *before, last = parts
    with ThreadPoolExecutor(max_workers=1) as aside:
        others = [aside.submit(run_aside, step) for step in before]
        outcome = run(last)
        return [*(other.result() for other in others), outcome]


def main(arguments: Sequence[str]) -> int:
    """Run all parts, even after one failed; what is not `--quick` goes to pytest."""
    if "--help" in arguments or "-h" in arguments:
        print("usage: dev.py test [--quick] [arguments of pytest]")
        return 0
    quick = QUICK in arguments
    if not quick:
        ensure_programs()
    parts = steps(quick=quick, pytest_arguments=[part for part in arguments if part != QUICK])
    started = time.monotonic()
    outcomes = run_all(parts)
    print()
    for outcome in outcomes:
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.name:14} {outcome.seconds:6.1f} s")
    print(f"        {'in all':14} {time.monotonic() - started:6.1f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1
