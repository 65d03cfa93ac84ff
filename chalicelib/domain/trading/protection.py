"""What protects a position: its stop and its target, at prices that a broker takes."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick
from chalicelib.domain.money import ZERO, to_price

#: The number of a target over everything, and of what no target is over.
WHOLE: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A price at which a share of what was open is sold; `no` tells a trade's targets apart, for good."""

    no: int
    price: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A stop and a target per share; either may be absent.

    `targets` are set where there are several, or one over a share: `tp_price` is the next of them then.
    """

    sl_price: Decimal | None
    tp_price: Decimal | None
    targets: tuple[Target, ...] = ()

    @property
    def goals(self) -> tuple[Target, ...]:
        """Return the targets: a lone price is one over everything."""
        if self.targets or self.tp_price is None:
            return self.targets
        return (Target(no=WHOLE, price=self.tp_price, share=Decimal(1)),)

    @property
    def planned_exit(self) -> Decimal | None:
        """Return the mean price of its targets by their shares; None without one."""
        goals = self.goals
        shares = sum((goal.share for goal in goals), ZERO)
        if not goals:
            return None
        return to_price(sum((goal.price * goal.share for goal in goals), ZERO) / shares)

    @property
    def is_none(self) -> bool:
        """Say whether nothing is to be protected."""
        return self.sl_price is None and self.tp_price is None


def quotable(
    underlying: str,
    wanted: Protection,
    side: LegSide = LegSide.LONG,
    instrument: Instrument = Instrument.OPTION,
    step: Decimal | None = None,
) -> Protection:
    """Return a stop and a target that a broker takes, for what was asked for before there was this tick.

    Both lean towards their fill: of a long the stop up, so that it goes off no later than asked for, and the
    target down; of a short, whose purchases they are, the other way.
    """
    stop, target = wanted.sl_price, wanted.tp_price
    nearer, easier = (ceil_to_tick, floor_to_tick) if side is LegSide.LONG else (floor_to_tick, ceil_to_tick)
    return Protection(
        sl_price=None if stop is None else nearer(underlying, stop, instrument, step),
        tp_price=None if target is None else easier(underlying, target, instrument, step),
        targets=tuple(
            replace(one, price=easier(underlying, one.price, instrument, step)) for one in wanted.targets
        ),
    )
