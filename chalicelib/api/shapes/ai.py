"""The AI trader as its owner reads it."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.ai.account_figures import AccountFigures
from chalicelib.services.ai.deciding.try_trader import Tried
from chalicelib.services.ai.prompts import PromptVersion
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.ai.signals import SignalRow
from chalicelib.store.ai.traders import TraderRow


def shape_trader(row: TraderRow) -> dict[str, JsonValue]:
    """Write a trader as the body that changes it, with its state."""
    return {"id": str(row.id), "version": row.version, **row.body, "state": row.state.value}


def shape_signal(row: SignalRow) -> dict[str, JsonValue]:
    """Write a signal."""
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "trader_id": str(row.trader_id),
        "symbol": row.symbol,
        "source": row.source.value,
        "setup_score": number(row.setup_score),
        "candle": instant(row.candle),
        "decision_id": None if row.decision_id is None else str(row.decision_id),
    }


def shape_decision(row: DecisionRow) -> dict[str, JsonValue]:
    """Write a decision: the model's fields as it said them, and what became of them."""
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "version": row.version,
        "trader_id": str(row.trader_id),
        "signal_id": None if row.signal_id is None else str(row.signal_id),
        "trade_id": None if row.trade_id is None else str(row.trade_id),
        "symbol": row.symbol,
        "candle": instant(row.candle),
        "decision": row.decision.value,
        "confidence": number(row.confidence),
        "reasoning": row.reasoning,
        **row.fields,
        "source": row.source.value,
        "model": row.model,
        "prompt_version": row.prompt_version,
        "latency_ms": row.latency_ms,
        "tokens": None if row.tokens is None else dict(row.tokens),
        "cost_usd": number(row.cost_usd),
        "outcome": row.outcome.value,
        "validation": None if row.validation is None else dict(row.validation),
        "expires_at": instant(row.expires_at),
        "settled_at": instant(row.settled_at),
    }


def shape_decision_detail(row: DecisionRow) -> dict[str, JsonValue]:
    """Write a decision with its context, its facts and the model's own words."""
    return {
        **shape_decision(row),
        "context": None if row.context is None else dict(row.context),
        "context_hash": row.context_hash,
        "raw_answer": row.raw_answer,
        "facts": None if row.facts is None else dict(row.facts),
        "price_then": number(row.price_then),
    }


def shape_tried(tried: Tried) -> dict[str, JsonValue]:
    """Write what a trader would do now."""
    setups: list[JsonValue] = [
        {"symbol": symbol, "is_signal": one.is_signal, "setup_score": number(one.score)}
        for symbol, one in tried.setups.items()
    ]
    return {"filter": setups, "decision": shape_decision_detail(tried.decision)}


def shape_account(found: AccountFigures) -> dict[str, JsonValue]:
    """Write the account of coins."""
    resets: list[JsonValue] = [{"at": instant(one.at), "equity": number(one.equity)} for one in found.resets]
    names = ("equity", "free", "start", "today_pnl", "peak", "drawdown_pct", "ai_cost_usd_today")
    return {**{name: number(getattr(found, name)) for name in names}, "resets": resets}


def shape_prompt(found: PromptVersion) -> dict[str, JsonValue]:
    """Write a version of the prompts."""
    return {"version": found.version, "active": found.active}
