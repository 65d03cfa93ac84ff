"""A trader's last results in one line (C-02)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

RESULTS_TOLD: Final = 10


def results_line(results_pct: Sequence[Decimal]) -> str:
    """Return `6W/4L, avg +2.5 %` of results in per cent; what is not above zero is lost."""
    if not results_pct:
        return "no closed trades yet"
    won = sum(one > 0 for one in results_pct)
    mean = sum(results_pct, Decimal(0)) / len(results_pct)
    return f"{won}W/{len(results_pct) - won}L, avg {mean:+.1f} %"
