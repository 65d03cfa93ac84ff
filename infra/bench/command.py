"""`dev.py bench`: run the measurements, print the table, write the JSON."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from chalicelib.domain.json_value import JsonValue
from infra.bench.ground import Ground, prepared_ground
from infra.bench.result import Outcome, Row, Skipped, as_json
from infra.bench.sizes import FULL, QUICK, Sizes
from infra.bench.table import written
from infra.local.database.postgres import PostgresUnavailable

Measurement = Callable[[Ground], Sequence[Outcome]]

#: By name, in the order they run; each is `measure` of its module in `rows/`.
MEASUREMENTS: Final[Mapping[str, str]] = {
    "imports": "imports",
    "first-answer": "first_answer",
    "list": "list_trades",
    "snapshots": "snapshots",
    "sync": "sync",
    "ticks": "ticks",
    "row-security": "row_security",
    "orders": "orders",
    "paper": "paper_replay",
    "excursions": "excursions",
    "desk": "desk_selection",
    "risk": "risk_book",
    "desk-scan": "desk_scan",
    "desk-exits": "desk_exits",
    "backtest": "backtest",
    "backtest-minutes": "backtest_minutes",
    "backtest-api": "backtest_api",
    "backtest-peers": "backtest_peers",
    "ai-filters": "ai_filters",
    "ai-replay": "ai_replay",
    "ai-decision": "ai_decision",
    "coin-tick": "coin_tick",
    "coin-load": "coin_load",
    "stack-load": "stack_load",
    "served": "served",
    "growth": "growth",
    "shared-window": "shared_window",
    "cost": "cost_model",
}
CANNOT_START: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Measure; return 0 whatever was found, since figures are for people to read, 2 when nothing ran."""
    options = parse_options(arguments)
    sizes = QUICK if options.quick else FULL
    chosen = options.only or list(MEASUREMENTS)
    started_at = datetime.now(UTC)
    try:
        outcomes = run(sizes, chosen, machine_time=lambda: datetime.now(UTC), say=_say)
    except PostgresUnavailable as error:
        _say(f"nothing was measured: {error}")
        return CANNOT_START
    print(written(outcomes))
    if options.json is not None:
        document = report(outcomes, started_at=started_at, quick=options.quick)
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n")
        _say(f"written to {options.json}")
    return 0


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options; ends with their description when they are wrong."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure papertape's speed.")
    parser.add_argument(
        "--only", action="append", choices=list(MEASUREMENTS), metavar="NAME",
        help=f"this measurement alone, may be given again: {', '.join(MEASUREMENTS)}",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--json", metavar="FILE", help="write the figures here, too")
    return parser.parse_args(list(arguments))


def run(
    sizes: Sizes,
    chosen: Sequence[str],
    *,
    machine_time: Callable[[], datetime],
    say: Callable[[str], None],
) -> list[Outcome]:
    """Run the chosen measurements on one server. Raises PostgresUnavailable."""
    outcomes: list[Outcome] = []
    with prepared_ground(sizes, machine_time=machine_time, say=say) as ground:
        for name in chosen:
            say(f"measuring {name} …")
            found = measurement(name)(ground)
            ground.figures |= {one.name: one for one in found if isinstance(one, Row)}
            outcomes += found
    return outcomes


def measurement(name: str) -> Measurement:
    """Import a measurement; only what is asked for is loaded."""
    found: Measurement = import_module(f"infra.bench.rows.{MEASUREMENTS[name]}").measure
    return found


def report(outcomes: Sequence[Outcome], *, started_at: datetime, quick: bool) -> dict[str, JsonValue]:
    """Return the run as JSON: where and when it was taken, and every line."""
    rows = [one for one in outcomes if isinstance(one, Row)]
    return {
        "started_at": started_at.isoformat().replace("+00:00", "Z"),
        "sizes": "quick" if quick else "full",
        "machine": {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 2),
        },
        "summary": {
            "rows": len(rows),
            "met": sum(one.is_met is True for one in rows),
            "missed": [one.name for one in rows if one.is_met is False],
            "skipped": [one.name for one in outcomes if isinstance(one, Skipped)],
        },
        "rows": [as_json(one) for one in outcomes],
    }


def _say(text: str) -> None:
    print(text, flush=True)
