"""`dev.py day`: parse, run, report; the exit code says whether all was well."""

import argparse
import cProfile
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.domain.calendar import new_york_instant
from infra.local.day import default_day
from infra.local.day.default_day import DefaultDay
from infra.local.day.rig import started
from infra.local.invariants.findings import Findings


def main(arguments: Sequence[str]) -> int:
    started_at = time.monotonic()
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="papertape-day-", dir="/dev/shm") as directory, started(
        Path(directory), seed=1, begins_at=new_york_instant(default_day.DAY, default_day.BEGIN), replay=None,
        machine_time=lambda: datetime.now(UTC),
    ) as rig:
        print("up", time.monotonic() - started_at)
        day = DefaultDay(rig, 1, findings)
        script = day.write()
        n = [0]
        script.play(rig, new_york_instant(default_day.DAY, default_day.END), lambda: None)
        for s in script.surprises: print(s)
        for r in rig.ran:
            if not r.ok: print(r)
        for t in rig.view().trades.values(): print(t.username, t.ticker, (t.trade_context or {}).get('label'), t.status, t.close_reason, t.realized_pnl, t.open_qty)
        print(rig.gateway.answers)
        print("done", time.monotonic() - started_at, rig.waits)
    return 0
