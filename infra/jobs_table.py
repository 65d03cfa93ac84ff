"""Write docs/jobs.md: every job with what starts it and the terms it runs on.

    python -m infra.jobs_table

Made from the one table that schedules, planner, runner, health and the template read too; a test keeps the
page equal to what this would write.
"""

import sys
from pathlib import Path
from typing import Final

from chalicelib.domain.clocks.job_terms import Armed, JobTerms, Opens
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.clocks.schedules import TIMEZONE

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "jobs.md"
_HEAD: Final = """# The jobs

Made by `python -m infra.jobs_table` from `chalicelib/domain/clocks/jobs.py`, where a job is told once:
schedules, planner, runner, health and the deployed template read the same table. A new job is a row there
and a module of its name in `chalicelib/jobs/`.

- Times are Eastern where nothing else is said. *Armed* jobs are due at instants of the session; `plan` arms
  those of the next minute.
- *May be late*: a tick that comes later is dropped, since the next one does its work; the second figure is
  for a part of one.
- *Ended after*: Lambda ends a run there; one that was claimed longer ago is dead and may be taken over.

| job | starts | may be late | ended after | messages a call | opens |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    return _HEAD + "\n".join(_row(terms) for terms in JOBS.values()) + "\n"


def _row(terms: JobTerms) -> str:
    late = [terms.tick_late_seconds_max, terms.part_late_seconds_max]
    cells = (
        f"`{terms.name}`",
        _starts(terms),
        ", ".join(f"{seconds} s" for seconds in late if seconds is not None) or "any time",
        f"{terms.timeout_seconds} s",
        f"by `{terms.carried_by}`" if terms.carried_by else str(terms.batch_size or "–"),
        _opens(terms.opens),
    )
    return f"| {' | '.join(cells)} |"


def _starts(terms: JobTerms) -> str:
    if isinstance(terms.clock, Armed):
        return "armed"
    expressions = [
        f"`{one.expression}`" + ("" if one.timezone == TIMEZONE else f" {one.timezone}")
        for one in terms.schedules
    ]
    return "<br>".join(expressions) or "by message"


def _opens(opens: Opens) -> str:
    words = {Opens.USERS_SECRETS: "users' secrets", Opens.VENDORS: "vendors' tokens"}
    return ", ".join(word for flag, word in words.items() if flag in opens) or "–"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
