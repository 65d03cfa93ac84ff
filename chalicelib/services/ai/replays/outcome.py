"""What a replay's positions amount to: the figures of every performance, and what was refused (C-09)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.replays.replay import Replayed
from chalicelib.domain.ai.replays.riding import Riding
from chalicelib.domain.analysis.metrics.curve import drawdown, utc_series
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import DAYS_PER_YEAR, ratios
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.analysis.metrics.traders import AiOutcome, by_money
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.domain.money import percent, to_cents
from chalicelib.services.ai.replays.answers_given import Given

#: Told one by one; the figures count all.
TRADES_MAX: Final = 200
_HOUR: Final = Decimal(3600)


def figures_of(
    found: Replayed, name: str, starting: Decimal, from_at: datetime, until: datetime
) -> dict[str, JsonValue]:
    """Return the figures of one variant; `trades` says on how many trades they rest."""
    outcomes = [_outcome(one) for one in found.ended]
    days = utc_series(
        outcomes,
        balance=starting,
        first=from_at.astimezone(UTC).date(),
        last=until.astimezone(UTC).date(),
    )
    fall, summary = drawdown(days, starting), summarize(outcomes)
    return {
        "name": name,
        **_summary(summary),
        "total_pnl_pct": plain_json(percent(summary.total_pnl, starting)),
        "max_drawdown_pct": None if fall is None else plain_json(fall.percent),
        "sharpe": ratios(days, starting, fall, days_per_year=DAYS_PER_YEAR).sharpe,
        "open_at_end": len(found.open),
        "outcomes": dict(sorted(found.outcomes.items())),
        "refused_by": dict(sorted(found.refused_by.items())),
        "made": [_trade(one) for one in found.ended[-TRADES_MAX:]],
    }


def answers_told(given: Given) -> dict[str, JsonValue]:
    """Return how many answers there were, and what they said."""
    return {
        "source": given.source.value,
        "asked": given.asked,
        "answered": sum(given.words.values()),
        "words": dict(sorted(given.words.items())),
    }


def beside(happened: Sequence[AiOutcome]) -> dict[str, JsonValue]:
    """Return what the trader came to in truth, on paper and live."""
    paper, live = by_money(happened)
    return {"paper": _summary(paper), "live": _summary(live)}


def _summary(summary: Summary) -> dict[str, JsonValue]:
    return {name: plain_json(getattr(summary, name)) for name in Summary.__dataclass_fields__}


def _outcome(one: Riding) -> Outcome:
    assert one.ended_at is not None
    assert one.ended is not None
    pnl = to_cents(one.pnl)
    held = Decimal(str((one.ended_at - one.entry_at).total_seconds())) / _HOUR
    return Outcome(
        trade_id=one.id,
        ticker=one.tape.symbol,
        strategy=None,
        option_type=None,
        side=one.side,
        close_reason=one.ended.value,
        pnl=pnl,
        pnl_pct=percent(pnl, one.entry_price * one.quantity),
        fees=to_cents(one.fees),
        entered_at=one.entry_at,
        closed_at=one.ended_at,
        hold_hours=held,
        entry_price=one.entry_price,
        bid=None,
        ask=None,
        score=None,
        delta=None,
        ai_verdict=None,
        mfe_pct=None,
        mae_pct=None,
        r=_multiple(one, pnl),
    )


def _multiple(one: Riding, pnl: Decimal) -> Decimal | None:
    """Return the P&L over what the first stop would have lost (A-15); None where it lies at the entry."""
    risk = abs(one.entry_price - one.first_stop) * one.quantity
    return pnl / risk if risk > 0 else None


def _trade(one: Riding) -> JsonValue:
    assert one.ended_at is not None
    assert one.ended is not None
    return {
        "decision_id": str(one.id),
        "symbol": one.tape.symbol,
        "side": one.side.value,
        "quantity": float(one.quantity),
        "confidence": float(one.confidence),
        "entry_at": rfc3339(one.entry_at),
        "entry_price": float(one.entry_price),
        "closed_at": rfc3339(one.ended_at),
        "close_price": float(one.close_price),
        "reason": one.ended.value,
        "pnl": float(to_cents(one.pnl)),
        "fees": float(to_cents(one.fees)),
    }
