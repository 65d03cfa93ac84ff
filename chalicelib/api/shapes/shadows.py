"""Paper beside live (B-11)."""

from dataclasses import fields

from chalicelib.api.shapes.values import instant, number, plain
from chalicelib.domain.analysis.metrics.shadows import Comparison, Errors, Half, Pair, Side
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.shadow_report import ShadowReport


def shape_shadow_report(found: ShadowReport) -> dict[str, JsonValue]:
    """Write the comparison, and each pair."""
    return {
        "days": found.days,
        "from": found.first.isoformat(),
        **_compared(found.comparison),
        "by_strategy": [
            {"strategy": name, **_compared(compared)} for name, compared in found.by_strategy.items()
        ],
        "items": [_pair(one) for one in found.pairs],
    }


def _compared(compared: Comparison) -> dict[str, JsonValue]:
    return {
        "pairs": compared.pairs,
        "live": _figures(compared.live),
        "paper": _figures(compared.paper),
        "entry_error": _figures(compared.entry),
        "exit_error": _figures(compared.exit),
        "pnl_error": _figures(compared.pnl),
    }


def _figures(of: Half | Errors) -> dict[str, JsonValue]:
    return {field.name: plain(getattr(of, field.name)) for field in fields(of)}


def _pair(pair: Pair) -> JsonValue:
    return {
        "strategy": pair.strategy,
        "mid": number(pair.mid),
        "live": _side(pair, pair.live),
        "paper": _side(pair, pair.shadow),
        "entry_error": number(pair.entry_error),
        "exit_error": number(pair.exit_error),
        "pnl_error": number(pair.pnl_error),
    }


def _side(pair: Pair, side: Side) -> JsonValue:
    return {
        "trade_id": str(side.trade_id),
        "sent_at": instant(side.sent_at),
        "filled_at": instant(side.filled_at),
        "seconds_to_fill": number(side.seconds_to_fill),
        "entry_price": number(side.entry_price),
        "close_price": number(side.close_price),
        "slippage_pct": number(pair.slippage_pct(side)),
        "pnl": number(side.pnl) if side.is_over else None,
        "missed": side.is_missed,
    }
