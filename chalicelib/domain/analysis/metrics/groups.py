"""The same few figures by strategy, ticker, weekday, hour, score, delta, verdict, reason, structure, tag."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import mean
from chalicelib.domain.money import ZERO

#: Fewer trades than this say too little of a strategy (A-15).
TRADES_MIN: Final = 10
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SCORE_WIDTH: Final = Decimal(10)
_SCORE_TOP: Final = Decimal(100)
_DELTA_WIDTH: Final = Decimal("0.1")
_DELTA_TOP: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One key's trades; `key` None gathers those of which it is not known. `expectancy_r` is the mean R."""

    key: str | None
    trades: int
    win_rate: Decimal
    total_pnl: Decimal
    expectancy: Decimal
    expectancy_r: Decimal | None = None

    @property
    def too_few(self) -> bool:
        """Say whether these trades prove little."""
        return self.trades < TRADES_MIN


def score_bucket(score: Decimal | None) -> str | None:
    """Name a score's decade, `70-80` for [70, 80); a full 100 belongs to `90-100`."""
    return _bucket(score, _SCORE_WIDTH, _SCORE_TOP)


def delta_bucket(delta: Decimal | None) -> str | None:
    """Name the tenth that a delta's size lies in, `0.3-0.4` for [0.3, 0.4), puts and calls alike.

    Of several legs it is their deltas' sum.
    """
    return _bucket(None if delta is None else abs(delta), _DELTA_WIDTH, _DELTA_TOP)


def _bucket(value: Decimal | None, width: Decimal, top: Decimal) -> str | None:
    if value is None:
        return None
    step = (value / width).to_integral_value(ROUND_FLOOR)
    low = top - width if value == top else step * width
    return f"{low:f}-{low + width:f}"


def _weekday(outcome: Outcome) -> str | None:
    at = outcome.entered_in_new_york
    return None if at is None else WEEKDAYS[at.weekday()]


def _hour(outcome: Outcome) -> str | None:
    at = outcome.entered_in_new_york
    return None if at is None else f"{at.hour:02d}"


#: The names of api.md. Weekday and hour are those of the entry in New York: what its owner chose.
KEYS: Final[Mapping[str, Callable[[Outcome], str | None]]] = {
    "strategy": lambda outcome: outcome.strategy,
    "ticker": lambda outcome: outcome.ticker,
    "weekday": _weekday,
    "hour": _hour,
    "score": lambda outcome: score_bucket(outcome.score),
    "delta": lambda outcome: delta_bucket(outcome.delta),
    "ai_verdict": lambda outcome: outcome.ai_verdict,
    "close_reason": lambda outcome: outcome.close_reason,
    "structure": lambda outcome: outcome.structure,
}


#: The same for what trades at all hours: its days and hours are UTC's (C-09).
UTC_KEYS: Final[Mapping[str, Callable[[Outcome], str | None]]] = {
    **KEYS,
    "weekday": lambda outcome: (
        None if outcome.entered_at is None else WEEKDAYS[outcome.entered_at.astimezone(UTC).weekday()]
    ),
    "hour": lambda outcome: (
        None if outcome.entered_at is None else f"{outcome.entered_at.astimezone(UTC).hour:02d}"
    ),
}


def group_by(outcomes: Iterable[Outcome], key_of: Callable[[Outcome], str | None]) -> list[Group]:
    """Group trades by a key, in the key's own order, the unknown last."""
    found: dict[str | None, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        found[key_of(outcome)].append(outcome)
    return _groups(found)


def group_by_tag(outcomes: Iterable[Outcome]) -> list[Group]:
    """Group trades by their tags; one of several tags counts with each of them, one without with None."""
    found: dict[str | None, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for tag in outcome.tags or (None,):
            found[tag].append(outcome)
    return _groups(found)


def _groups(found: Mapping[str | None, Sequence[Outcome]]) -> list[Group]:
    return [_group(key, found[key]) for key in sorted(found, key=_order)]


def _group(key: str | None, outcomes: Sequence[Outcome]) -> Group:
    pnls = [outcome.pnl for outcome in outcomes]
    total = sum(pnls, ZERO)
    return Group(
        key=key,
        trades=len(pnls),
        win_rate=Decimal(sum(1 for pnl in pnls if pnl > 0)) / len(pnls),
        total_pnl=total,
        expectancy=total / len(pnls),
        expectancy_r=mean(outcome.r for outcome in outcomes),
    )


def _order(key: str | None) -> tuple[bool, Decimal, str]:
    """Sort weekdays from Monday, buckets and hours by size, all else by name."""
    if key is None:
        return True, ZERO, ""
    if key in WEEKDAYS:
        return False, Decimal(WEEKDAYS.index(key)), ""
    low = key[:1] + key[1:].partition("-")[0]
    number = low.lstrip("-").replace(".", "", 1)
    return False, Decimal(low) if number.isascii() and number.isdigit() else ZERO, key


def best_and_worst(strategies: Sequence[Group]) -> tuple[Group | None, Group | None]:
    """Return the named strategies of highest and lowest expectancy; of equals, the one with more trades."""
    named = [group for group in strategies if group.key is not None]
    best = max(named, key=lambda group: (group.expectancy, group.trades), default=None)
    worst = min(named, key=lambda group: (group.expectancy, -group.trades), default=None)
    return best, worst
