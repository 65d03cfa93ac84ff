"""A loaded set of chains as it is told (B-12)."""

from chalicelib.domain.backtest.loading.manifest import LoadedUnderlying, Manifest
from chalicelib.domain.json_value import JsonValue


def shape_set(found: Manifest) -> dict[str, JsonValue]:
    """Write a set by the words that a request names it with, and of what it has chains."""
    return {
        "source": found.loader,
        "file": found.name,
        "clock": found.clock,
        "underlyings": [_underlying(one) for one in found.underlyings if one.days],
        "faults": [one.in_words() for one in found.faults],
    }


def _underlying(one: LoadedUnderlying) -> dict[str, JsonValue]:
    days = one.days
    return {
        "symbol": one.symbol,
        "from": days[0].isoformat(),
        "to": days[-1].isoformat(),
        "days": len(days),
    }
