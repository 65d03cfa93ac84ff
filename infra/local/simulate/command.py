"""`dev.py simulate`: many faulty days, deterministic, on all cores; the exit code says whether all held."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from infra.local.simulate.mutations import MUTATIONS
from infra.local.simulate.report import Summary, failure_text, mutation_line, summary_json, summary_text
from infra.local.simulate.traits import TRAITS, known_traits, seeds_having
from infra.local.simulate.trouble import LEVELS, kinds_of
from infra.local.simulate.worker import Task, live_through

#: invariants.md: a guard that is off must be noticed within so many seeds.
SEEDS_PER_MUTATION: Final = 200


def main(arguments: Sequence[str]) -> int:
    """Live through seeds and print a report; 0 when every invariant held."""
    wanted = _parse(arguments)
    level, kinds = _faults(wanted.faults)
    if wanted.mutations:
        return _show_mutations(wanted, level, kinds)
    if wanted.seed is not None:
        seeds = [wanted.seed]
    else:
        seeds = list(islice(seeds_having(wanted.having, wanted.first, wanted.without), wanted.seeds))
    tasks = [
        Task(seed=seed, level=level, kinds=kinds, mutation=wanted.mutate, days_max=wanted.days)
        for seed in seeds
    ]
    summary, began = Summary(), time.monotonic()
    for outcome in live_through(tasks, wanted.workers):
        summary.add(outcome)
        if outcome.violations:
            print(failure_text(outcome, whole=wanted.seed is not None), flush=True)
        elif wanted.seed is not None:
            print("\n".join(outcome.trace))
    summary.wall_seconds = time.monotonic() - began
    print(summary_text(summary))
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(summary_json(summary), indent=1) + "\n")
    return 1 if summary.failed else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py simulate", description="Many short, faulty days; the same seed lives the same days."
    )
    parser.add_argument(
        "--seeds", type=int, default=100, metavar="N", help="how many runs of two or three days"
    )
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first seed")
    parser.add_argument(
        "--having",
        type=_traits,
        default=frozenset[str](),
        metavar="TRAITS",
        help=f"only seeds whose runs have all of these, with commas between: {', '.join(TRAITS)}",
    )
    parser.add_argument(
        "--without",
        type=_traits,
        default=frozenset[str](),
        metavar="TRAITS",
        help="only seeds whose runs have none of these",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="replay one seed and print its whole trace")
    parser.add_argument(
        "--faults", default="heavy", help=f"{', '.join(LEVELS)}, or kinds of local.md with commas between"
    )
    parser.add_argument("--days", type=int, metavar="N", help="at most so many days of each seed")
    parser.add_argument("--mutate", choices=sorted(MUTATIONS), metavar="NAME", help="switch a guard off")
    parser.add_argument(
        "--mutations", action="store_true", help="switch each guard off in turn until the simulation notices"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, too")
    return parser.parse_args(arguments)


def _traits(text: str) -> frozenset[str]:
    try:
        return known_traits(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _show_mutations(wanted: argparse.Namespace, level: str, kinds: frozenset[str] | None) -> int:
    """Switch each guard off, seed after seed, until a check fails; 0 when all are caught within the bound."""
    seeds = range(wanted.first, wanted.first + SEEDS_PER_MUTATION)
    unseen, table = 0, {}
    names = sorted(MUTATIONS) if wanted.mutate is None else [wanted.mutate]
    for name in names:
        tasks = [
            Task(seed=seed, level=level, kinds=kinds, mutation=name, days_max=wanted.days) for seed in seeds
        ]
        caught = next((one for one in live_through(tasks, wanted.workers) if one.violations), None)
        unseen += caught is None
        table[name] = None if caught is None else {"seed": caught.seed, "found": caught.violations[0]}
        print(mutation_line(name, MUTATIONS[name].guard, wanted.first, caught), flush=True)
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(table, indent=1) + "\n")
    return 1 if unseen else 0


def _faults(wanted: str) -> tuple[str, frozenset[str] | None]:
    if wanted in LEVELS:
        return wanted, None
    try:
        return "heavy", kinds_of(wanted)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
