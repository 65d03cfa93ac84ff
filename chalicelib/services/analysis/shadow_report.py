"""Paper beside live over the last days (B-11): each pair, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chalicelib.domain.analysis.metrics.shadows import Comparison, Pair, by_strategy, compare
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.services.environment import Environment
from chalicelib.store.analysis.shadow_pairs import read_pairs

#: A desk of the largest size enters fewer in a year.
PAIRS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """Pairs entered from the New York day `first` on, newest first; compared in all and by strategy."""

    days: int
    first: date
    comparison: Comparison
    by_strategy: Mapping[str | None, Comparison]
    pairs: Sequence[Pair]


def read_shadow_report(env: Environment, username: str, days: int) -> ShadowReport:
    """Compare what was shadowed over the last so many days, today included."""
    first = new_york_date(env.clock.now()) - timedelta(days=days - 1)
    pairs = env.database.run(
        lambda connection: read_pairs(connection, username, new_york_midnight(first), PAIRS_MAX),
        username=username,
    )
    return ShadowReport(
        days=days, first=first, comparison=compare(pairs), by_strategy=by_strategy(pairs), pairs=pairs
    )
