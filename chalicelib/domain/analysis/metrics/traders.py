"""What AI traders' ended trades say beyond any trade's: who ended them, what confidence was worth (C-09)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.instruments.sides import LegSide

_TENTH: Final = Decimal("0.1")
#: More than this of what Kelly's formula says nobody should stake; it is shown, never a default (C-01).
KELLY_MAX: Final = Decimal("0.25")


class EndedBy(StrEnum):
    """Who ended a trade: the model's word, our rules and levels, a person."""

    MODEL = "model"
    RULES = "rules"
    PERSON = "person"


class AiOutcome(NamedTuple):
    """An ended trade of a trader; `confidence` is what its entry was said with, None: not kept."""

    outcome: Outcome
    trader_id: UUID
    confidence: Decimal | None
    ended_by: EndedBy
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Trades whose confidence lies in [low, high), the last bucket with its end."""

    low: Decimal
    high: Decimal
    trades: int
    win_rate: Decimal


def by_confidence(found: Iterable[AiOutcome]) -> list[Bucket]:
    """Return the win rate of each tenth of confidence in which trades were made."""
    won: dict[Decimal, list[bool]] = defaultdict(list)
    for one in found:
        if one.confidence is not None:
            step = (one.confidence / _TENTH).to_integral_value(ROUND_FLOOR)
            won[min(step, Decimal(9)) * _TENTH].append(one.outcome.pnl > 0)
    return [
        Bucket(low=low, high=low + _TENTH, trades=len(wins), win_rate=Decimal(sum(wins)) / len(wins))
        for low, wins in sorted(won.items())
    ]


def by_side(found: Sequence[AiOutcome]) -> Mapping[LegSide, Summary]:
    """Return what went up and what went down."""
    return {side: _summed(one for one in found if one.outcome.side is side) for side in LegSide}


def by_money(found: Sequence[AiOutcome]) -> tuple[Summary, Summary]:
    """Return paper and live."""
    return _summed(one for one in found if not one.is_live), _summed(one for one in found if one.is_live)


def by_trader(found: Sequence[AiOutcome]) -> Mapping[UUID, Sequence[AiOutcome]]:
    """Return each trader's trades."""
    of_trader: dict[UUID, list[AiOutcome]] = defaultdict(list)
    for one in found:
        of_trader[one.trader_id].append(one)
    return of_trader


def by_end(found: Sequence[AiOutcome]) -> Mapping[EndedBy, Summary]:
    """Return what came of trades by who ended them: the AI against the rules."""
    return {who: _summed(one for one in found if one.ended_by is who) for who in EndedBy}


def _summed(found: Iterable[AiOutcome]) -> Summary:
    return summarize([one.outcome for one in found])


def kelly(summary: Summary) -> Decimal | None:
    """Return the share of the portfolio that Kelly's formula would stake, 0 to a quarter; None: undefined.

    W − (1 − W) / R, with W the win rate and R the payoff ratio. Source: J. L. Kelly, "A New Interpretation of
    Information Rate", Bell System Technical Journal, 1956.
    """
    rate, payoff = summary.win_rate, summary.payoff_ratio
    if rate is None or payoff is None:
        return None
    return min(max(rate - (1 - rate) / payoff, Decimal(0)), KELLY_MAX)
