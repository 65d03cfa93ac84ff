"""What protects a position: its stop and its target, at prices that a broker takes."""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A stop and a target per share; either may be absent."""

    sl_price: Decimal | None
    tp_price: Decimal | None

    @property
    def is_none(self) -> bool:
        """Say whether nothing is to be protected."""
        return self.sl_price is None and self.tp_price is None


def quotable(underlying: str, wanted: Protection) -> Protection:
    """Return a stop and a target that a broker takes, for what was asked for before its class had this tick.

    Both sales lean towards their fill: the stop up, so that it goes off no later than asked for, the target
    down.
    """
    stop, target = wanted.sl_price, wanted.tp_price
    return Protection(
        sl_price=None if stop is None else ceil_to_tick(underlying, stop),
        tp_price=None if target is None else floor_to_tick(underlying, target),
    )
