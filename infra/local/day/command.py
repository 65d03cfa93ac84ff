"""`dev.py day`: parse, run, report; the exit code says whether all was well."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from infra.local.day import default_day, desks, replay_day, traders
from infra.local.day.default_day import DefaultDay, Part
from infra.local.day.deployed_libraries import load_indicators
from infra.local.day.outcome import DayOutcome, outcome_of
from infra.local.day.replay_day import ReplayDay
from infra.local.day.report import json_of, text_of
from infra.local.day.rig import Rig, started
from infra.local.day.script import Script
from infra.local.invariants import Memory, check_quiescent, check_step
from infra.local.invariants.findings import Findings
from infra.local.invariants.view import View
from infra.local.second_opinion import Get, second_opinion

DEFAULT_SEED: Final = 1
MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108  # a database that is gone at the end needs no disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One kind of day: when it lies, who writes its script, what is checked besides."""

    title: str
    begins_at: datetime
    ends_at: datetime
    required: frozenset[str]
    write: Callable[[Rig, Findings], Script]
    check: Callable[[View, Findings], Sequence[str]]
    missing: Callable[[View], Sequence[str]] = lambda _view: ()
    has_coins: bool = False


def main(arguments: Sequence[str]) -> int:
    """Run a day and print its report; 0 when every invariant held and nothing unexpected happened."""
    parser = argparse.ArgumentParser(
        prog="dev.py day", description="One whole trading day, as fast as it goes."
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the market and the script")
    parser.add_argument("--replay", type=Path, metavar="PATH", help="recorded quotes in LEAN's format")
    part = parser.add_mutually_exclusive_group()
    for name, text in ((Part.DESK, "the options desk"), (Part.AI, "AI traders")):
        part.add_argument(
            f"--{name}",
            dest="alone",
            action="store_const",
            const=name,
            help=f"{text} alone, without people's trades",
        )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, too")
    wanted = parser.parse_args(arguments)
    if wanted.replay is not None and not (wanted.replay / "option").is_dir():
        print(
            f"there are no recorded quotes in {wanted.replay}: it holds no directory `option`",
            file=sys.stderr,
        )
        return 2
    outcome = run(seed=wanted.seed, replay=wanted.replay, alone=wanted.alone)
    print(text_of(outcome))
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(json_of(outcome), indent=1) + "\n")
    return 0 if outcome.passed else 1


def run(*, seed: int = DEFAULT_SEED, replay: Path | None = None, alone: Part | None = None) -> DayOutcome:
    """Run one day in a database of its own; `alone` leaves out all but one part of it."""
    began = time.monotonic()
    load_indicators()
    plan = _default_plan(seed, alone) if replay is None else _replay_plan(replay)
    findings, memory = Findings(), Memory()
    with (
        tempfile.TemporaryDirectory(prefix="papertape-day-", dir=_database_disk()) as directory,
        started(
            Path(directory),
            seed=seed,
            begins_at=plan.begins_at,
            replay=replay,
            machine_time=lambda: datetime.now(UTC),
            has_coins=plan.has_coins,
        ) as rig,
    ):
        script = plan.write(rig, findings)

        def look() -> None:
            findings.add([check_step(rig.view(), memory)])

        script.play(rig, plan.ends_at, look)
        view = rig.view(snapshots=True)
        findings.add([check_quiescent(view)])
        notes = plan.check(view, findings)
        opinion = second_opinion(rig.world, view.now, partial(_get_as, rig))
        return outcome_of(
            rig,
            view,
            findings,
            title=plan.title,
            notes=notes,
            opinion=opinion,
            surprises=[*script.surprises, *plan.missing(view)],
            required=plan.required,
            wall_seconds=time.monotonic() - began,
        )


def _get_as(rig: Rig, broker_token: str) -> Get:
    token = rig.sign_in.access_token(rig.owners[broker_token])
    return lambda path: rig.gateway.call("GET", path, token=token).body


def _database_disk() -> Path | None:
    return MEMORY_DISK if os.access(MEMORY_DISK, os.W_OK) else None


def _default_plan(seed: int, alone: Part | None) -> Plan:
    day = default_day.DAY
    begin, end = default_day.hours_of(alone)
    required = {
        None: default_day.REQUIRED_OUTCOMES | desks.REQUIRED_OUTCOMES,
        Part.DESK: desks.REQUIRED_OUTCOMES,
        Part.AI: traders.REQUIRED_OUTCOMES,
    }
    return Plan(
        title=f"A trading day: {day:%A} {day}, {begin:%H:%M} to {end:%H:%M} Eastern, seed {seed}",
        begins_at=new_york_instant(day, begin),
        ends_at=new_york_instant(day, end),
        required=required[alone],
        write=lambda rig, findings: DefaultDay(rig, seed, findings).write(alone),
        check=lambda view, _findings: [
            *([] if alone is Part.AI else desks.check_desks(view)),
            *(traders.check_traders(view) if alone is Part.AI else []),
        ],
        missing=lambda view: traders.missing(view) if alone is Part.AI else (),
        has_coins=alone is not Part.DESK,
    )


def _replay_plan(root: Path) -> Plan:
    first, last = _days()
    return Plan(
        title=f"Recorded quotes: {replay_day.TICKER}, {first} 09:00 to {last} 20:30 Eastern (a half day)",
        begins_at=new_york_instant(first, replay_day.BEGIN),
        ends_at=new_york_instant(last, replay_day.END),
        required=replay_day.REQUIRED_OUTCOMES,
        write=lambda rig, _findings: ReplayDay(rig).write(),
        check=lambda view, findings: replay_day.check_settlements(view, root, findings),
    )


def _days() -> tuple[date, date]:
    return replay_day.FIRST_DAY, replay_day.LAST_DAY
