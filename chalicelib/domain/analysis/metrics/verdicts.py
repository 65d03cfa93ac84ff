"""Was the AI right? Its verdict is a free word of the scanner; here is which side each known word takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType

#: For this trade, whatever its direction.
_FOR: Final = frozenset(
    {
        *("BUY", "STRONG_BUY", "AGREE", "APPROVE", "APPROVED", "ACCEPT", "CONFIRM", "CONFIRMED", "TAKE"),
        *("ENTER", "GO", "YES", "TRADE", "EXECUTE", "PASS", "SAFE", "GOOD", "FAVORABLE", "POSITIVE"),
    }
)
#: Against this trade, whatever its direction.
_AGAINST: Final = frozenset(
    {
        *("SELL", "STRONG_SELL", "DISAGREE", "REJECT", "REJECTED", "DENY", "VETO", "SKIP", "AVOID", "NO"),
        *("NO_TRADE", "NO_GO", "STOP", "HOLD", "WAIT", "FAIL", "RISKY", "BAD", "UNFAVORABLE", "NEGATIVE"),
    }
)
#: For a rising or a falling underlying.
_RISING: Final = frozenset({"BULLISH", "STRONGLY_BULLISH", "BULL", "LONG", "UP", "CALL"})
_FALLING: Final = frozenset({"BEARISH", "STRONGLY_BEARISH", "BEAR", "SHORT", "DOWN", "PUT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictScore:
    """How often the AI was for a trade (`agree`), how often it was right, and that in per cent of the trades
    on which it took a side and that ended as a win or a loss.
    """

    agree: int
    right: int
    right_pct: Decimal | None


def score_verdicts(outcomes: Iterable[Outcome]) -> VerdictScore:
    """Count: right is for a trade that won, or against one that lost.

    A word that takes no side, or that is not known, counts nowhere; a trade without win or loss cannot show
    who was right.
    """
    agree = right = judged = 0
    for outcome in outcomes:
        favours = takes_side(outcome)
        if favours is None:
            continue
        agree += favours
        if outcome.pnl != 0:
            judged += 1
            right += favours == (outcome.pnl > 0)
    return VerdictScore(agree=agree, right=right, right_pct=Decimal(right) / judged * 100 if judged else None)


def takes_side(outcome: Outcome) -> bool | None:
    """Say whether the AI was for the trade, None when its word takes no side."""
    if outcome.ai_verdict is None:
        return None
    word = outcome.ai_verdict.strip().upper().replace(" ", "_").replace("-", "_")
    if word in _FOR or word in _AGAINST:
        return word in _FOR
    if word in _RISING or word in _FALLING:
        gains = _gains_from_a_rise(outcome)
        return None if gains is None else (word in _RISING) == gains
    return None


def _gains_from_a_rise(outcome: Outcome) -> bool | None:
    """Say which way it was held; of several legs their deltas in sum tell, where those are known."""
    if outcome.is_structure:
        return outcome.delta > 0 if outcome.delta else None
    return (outcome.option_type is OptionType.PUT) == (outcome.side is LegSide.SHORT)
