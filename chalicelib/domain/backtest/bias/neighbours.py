"""Strategies a little beside the one that is tested: a result that only one point has is a coincidence."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.request import varied
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue

_FEWER, _MORE = Decimal("0.8"), Decimal("1.2")
_DAYS: Final = 5


def neighbours(strategy: Strategy) -> tuple[Mapping[str, JsonValue], ...]:
    """Return sets of one changed value each, those that are strategies: a fifth less and more, five days."""
    return tuple(one for one in _wanted(strategy) if isinstance(varied(strategy, one), Strategy))


def _wanted(strategy: Strategy) -> Iterator[dict[str, JsonValue]]:
    entry, leaving = strategy.entry_conditions, strategy.exit_conditions
    if entry.short_delta is not None and entry.short_delta.is_target:
        for share in (_FEWER, _MORE):
            yield {"entry_conditions.short_delta": float(entry.short_delta.low * share)}
    for name, value in (
        ("profit_target_pct", leaving.profit_target_pct),
        ("stop_pct", leaving.stop_pct),
        ("stop_usd", leaving.stop_usd),
    ):
        if value is not None:
            for share in (_FEWER, _MORE):
                yield {f"exit_conditions.{name}": float(value * share)}
    for days in (-_DAYS, _DAYS):
        yield {
            "entry_conditions.dte_min": max(entry.dte_min + days, 0),
            "entry_conditions.dte_max": max(entry.dte_max + days, 0),
        }
