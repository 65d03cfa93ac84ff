"""The nine types of strategies, and what each of them has and is asked (B-01, B-02)."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Final


class StrategyType(StrEnum):
    """The stored names."""

    IRON_CONDOR = "iron_condor"
    CREDIT_PUT_SPREAD = "credit_put_spread"
    CREDIT_CALL_SPREAD = "credit_call_spread"
    IRON_FLY = "iron_fly"
    IRON_BUTTERFLY = "iron_butterfly"
    BUTTERFLY = "butterfly"
    CASH_SECURED_PUT = "cash_secured_put"
    COVERED_CALL = "covered_call"
    WHEEL = "wheel"

    @property
    def is_credit(self) -> bool:
        """Say whether entering brings money: all but the butterfly."""
        return self is not StrategyType.BUTTERFLY

    @property
    def has_wings(self) -> bool:
        """Say whether long legs bound the loss."""
        return self not in SINGLE_LEG

    @property
    def is_sold_by_delta(self) -> bool:
        """Say whether its short legs are chosen by a delta; flies have a body instead."""
        return self not in FLIES


SINGLE_LEG: Final[AbstractSet[StrategyType]] = frozenset(
    {StrategyType.CASH_SECURED_PUT, StrategyType.COVERED_CALL, StrategyType.WHEEL}
)
FLIES: Final[AbstractSet[StrategyType]] = frozenset(
    {StrategyType.IRON_FLY, StrategyType.IRON_BUTTERFLY, StrategyType.BUTTERFLY}
)
#: What loses when the market goes anywhere, and so is not entered while it does (E2).
DIRECTIONLESS: Final[AbstractSet[StrategyType]] = FLIES | {StrategyType.IRON_CONDOR}


def sold_now(kind: StrategyType, free_shares: int, multiplier: int = 100) -> StrategyType:
    """Return what a strategy sells at present: the wheel puts until it has the shares for calls."""
    if kind is not StrategyType.WHEEL:
        return kind
    return StrategyType.COVERED_CALL if free_shares >= multiplier else StrategyType.CASH_SECURED_PUT
