"""A whole decision in the words that are asked for: every field there, what is not said null or empty."""

from typing import Final

#: What a decision may leave open.
_OPEN: Final = (
    "entry_price",
    "quantity",
    "stop_loss",
    "exit_price",
    "partial_quantity",
    "risk_reward",
    "max_risk_pct",
    "expected_holding_minutes",
)
#: Above what traders usually want.
SURE: Final = 0.8


def decision(word: str, reasoning: str, **fields: object) -> dict[str, object]:
    """Return a decision; `fields` are whatever more it says."""
    empty: dict[str, object] = dict.fromkeys(_OPEN)
    said = {"decision": word, "confidence": SURE, "reasoning": reasoning}
    return {**empty, "take_profits": [], "modifications": [], **said, **fields}


def move_of_stop(price: float, reason: str) -> dict[str, object]:
    """Return a modification that moves the stop."""
    return {
        "kind": "MOVE_SL",
        "reason": reason,
        "new_stop": price,
        "distance_pct": None,
        "target_id": None,
        "new_targets": [],
    }


def rounded(price: float) -> float:
    """Return a price in a step that every pair takes."""
    return round(price, 2 if price >= 10 else 4)
