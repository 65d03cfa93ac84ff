"""What our own rules do with a position: breakeven, trailing, the longest holding (C-01)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.instruments.sides import LegSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridden:
    """A position as rules see it: `best` is the best price so far, `trailing_pct` what a model asked for."""

    side: LegSide
    entry_price: Decimal
    stop: Decimal | None
    best: Decimal
    opened_at: datetime
    fee_rate: Decimal
    trailing_pct: Decimal | None = None


def ruled_stop(trading: Trading, held: Ridden) -> Decimal | None:
    """Return where rules want the stop, never looser than it is; None where they want nothing new."""
    sign = held.side.sign
    wanted = [one for one in (breakeven_stop(trading, held), _trailed(trading, held)) if one is not None]
    if not wanted:
        return None
    tightest = max(wanted, key=lambda one: one * sign)
    is_tighter = held.stop is None or (tightest - held.stop) * sign > 0
    return tightest if is_tighter else None


def is_held_too_long(trading: Trading, held: Ridden, now: datetime) -> bool:
    """Say whether the trader's longest holding is over."""
    longest = trading.max_holding_minutes
    return longest is not None and now - held.opened_at >= timedelta(minutes=longest)


def breakeven_stop(trading: Trading, held: Ridden) -> Decimal | None:
    """Once the profit reached the trader's mark, the stop keeps the entry and the fees of both sides."""
    mark, sign = trading.breakeven_at_pct, held.side.sign
    if mark is None or (held.best / held.entry_price - 1) * 100 * sign < mark:
        return None
    return held.entry_price * (1 + sign * 2 * held.fee_rate)


def _trailed(trading: Trading, held: Ridden) -> Decimal | None:
    distances = [one for one in (trading.trailing_pct, held.trailing_pct) if one is not None]
    if not distances:
        return None
    return held.best * (1 - held.side.sign * min(distances) / 100)
