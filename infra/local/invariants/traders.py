"""What AI traders enter and change by: I-41, and what of I-24 and I-25 is theirs (C-02 to C-04, C-07).

Constraints are computed anew from what was stored with the decision, by formulas of this module: a checker
that asked the product's rules would believe them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import ChangeRow, TradeRow
from infra.local.invariants.trader_rows import DecisionRow
from infra.local.invariants.view import View

AI: Final = "AI"
OPENING: Final = frozenset({"LONG", "SHORT"})
OVER: Final = frozenset({"APPLIED", "VETOED", "SUPERSEDED", "FAILED"})
BY_MODEL, BY_RULE = "AI_ANALYSIS", "RULE_ENGINE"
CHANGES_APART: Final = timedelta(seconds=300)
PRICE_AGE_MAX: Final = timedelta(seconds=60)
PER_CENT: Final = Decimal(100)
ENTRY_BEYOND: Final = Decimal("0.005")
STOP_RANGES: Final = Decimal("0.25")
SIZE_SHARE, BALANCE_SHARE = Decimal("0.2"), Decimal("0.9")
ACCOUNT_POSITIONS: Final = 10
#: What a trader's rules are where it says nothing (C-01).
USUAL: Final[Mapping[str, Any]] = {  # Any: JSON
    "min_confidence": "0.7",
    "max_risk_pct": "2",
    "max_correlated_pct": "40",
    "max_positions": 3,
    "max_daily_drawdown_pct": "5",
    "max_total_drawdown_pct": "20",
}


@dataclass(slots=True)
class SeenChanges:
    """Model's and rules' changes that were over at the look before, and how they ended."""

    states: dict[UUID, str] = field(default_factory=dict)


def check_traders(view: View, seen: SeenChanges, findings: Findings) -> None:
    """Check what must hold of traders at any moment."""
    entered: dict[UUID, list[DecisionRow]] = {}
    for decision in view.ai.decisions:
        opens = decision.decision in OPENING and decision.outcome == "EXECUTED"
        if opens and decision.trade_id is not None:
            entered.setdefault(decision.trade_id, []).append(decision)
        by_rules = decision.source == "RULE_FALLBACK" and decision.decision in OPENING
        findings.check(41, not by_rules, f"rules alone decided {decision.decision} of {decision.symbol}")
    for trade in view.trades.values():
        if trade.originator == AI:
            _check_entry(view, trade, entered.get(trade.id, []), findings)
            _check_changes(trade, view.changes.get(trade.id, ()), seen, findings)


def check_traders_at_rest(view: View, findings: Findings) -> None:
    """F, C-07: what was closed with all others is closed, and rests nowhere."""
    for trader in view.ai.traders:
        mine = [one for one in view.trades.values() if one.originator_id == str(trader.id)]
        left = [one.ticker for one in mine if one.status not in {"CLOSED", "EXPIRED", "CANCELED"}]
        if trader.closing_all_at is not None:
            findings.check(27, not left, f"{left} of a trader that is being closed go on")


def _check_entry(view: View, trade: TradeRow, decisions: Sequence[DecisionRow], findings: Findings) -> None:
    """I-41: one decision of a model stands behind an entry, and it holds by each constraint."""
    text = f"{len(decisions)} decisions stand behind {trade.ticker} of a trader"
    if not findings.check(41, len(decisions) == 1, text, trade.id):
        return
    (decision,) = decisions
    facts = decision.facts
    if not findings.check(41, bool(facts), f"{trade.ticker}: by what it was judged is not kept", trade.id):
        return
    assert facts is not None
    wish = facts["wish"]
    same = (trade.qty, trade.legs[0].side, trade.ticker) == (
        Decimal(wish["quantity"]),
        wish["side"],
        decision.symbol,
    )
    findings.check(41, same, f"{trade.qty} {trade.ticker} entered, {wish} was decided", trade.id)
    broken = sorted(set(_broken(facts, decision)))
    findings.check(41, not broken, f"{trade.ticker} was entered against {broken}", trade.id)
    for trader in view.ai.traders:
        for number, since in ((24, trader.locked_at), (27, trader.removed_at)):
            is_free = trader.id != decision.trader_id or since is None or trade.created_at <= since
            text = f"{trade.ticker} was entered by a trader that was stopped at {since}"
            findings.check(number, is_free, text, trade.id)


def _broken(facts: Mapping[str, Any], decision: DecisionRow) -> Iterator[str]:
    """Yield the constraints of C-03 that an entry does not hold, by what was stored with it."""
    case, wish = facts["case"], facts["wish"]
    moment, account, rules = case["moment"], case["account"], {**USUAL, **case["trading"]}
    sign = 1 if wish["side"] == "LONG" else -1
    now, price = _at(moment["now"]), Decimal(moment["price"])
    entry = price if wish.get("limit") is None else Decimal(wish["limit"])
    quantity, fee, portfolio = Decimal(wish["quantity"]), _d(moment["fee_rate"]), _d(account["portfolio"])
    if Decimal(str(case["confidence"])) < _d(rules["min_confidence"]):
        yield "MIN_CONFIDENCE"
    if now - _at(moment["price_at"]) > PRICE_AGE_MAX or moment["candle_at"] != moment["candle_due_at"]:
        yield "PRICE_AGE"
    if (entry - price) * sign > price * ENTRY_BEYOND:
        yield "ENTRY_PRICE"
    if account["stopped_by"] != "" or account["tier"] not in {"pro", "elite"}:
        yield "KILL_SWITCH or TIER"
    yield from _broken_stop(moment, wish, rules, entry, sign, portfolio)
    notional = entry * quantity
    if notional > portfolio * SIZE_SHARE or notional > _d(account["free_balance"]) * BALANCE_SHARE:
        yield "MAX_POSITION_SIZE or BALANCE"
    if _d(account["correlated"]) + notional > portfolio * _d(rules["max_correlated_pct"]) / PER_CENT:
        yield "CORRELATED_EXPOSURE"
    targets = wish.get("targets") or []
    least = price * (1 + sign * 2 * fee)
    if any((_d(one["price"]) - least) * sign <= 0 for one in targets) or _shares(targets) > 1:
        yield "TP_BEYOND_FEES"
    yield from _broken_steps(moment["filters"], wish, quantity, notional)
    yield from _broken_limits(account, rules)
    if decision.source != "MODEL":
        yield "SOURCE"


def _broken_stop(
    moment: Mapping[str, Any],
    wish: Mapping[str, Any],
    rules: Mapping[str, Any],
    entry: Decimal,
    sign: int,
    portfolio: Decimal,
) -> Iterator[str]:
    if wish.get("stop") is None:
        yield "STOP_REQUIRED"
        return
    stop, quantity, fee = _d(wish["stop"]), _d(wish["quantity"]), _d(moment["fee_rate"])
    away = (entry - stop) * sign
    if away <= 0:
        yield "STOP_SIDE"
    if away < _d(moment["atr"]) * STOP_RANGES:
        yield "MIN_SL_DISTANCE"
    risk = away * quantity + (entry + stop) * quantity * fee
    if risk > portfolio * min(_d(rules["max_risk_pct"]), Decimal(2)) / PER_CENT:
        yield "MAX_RISK_PER_TRADE"


def _broken_steps(
    filters: Mapping[str, Any], wish: Mapping[str, Any], quantity: Decimal, notional: Decimal
) -> Iterator[str]:
    prices = [wish.get("limit"), wish.get("stop"), *(one["price"] for one in wish.get("targets") or [])]
    if any(price is not None and _d(price) % _d(filters["tick"]) for price in prices):
        yield "TICK"
    if quantity <= 0 or quantity % _d(filters["lot"]):
        yield "LOT"
    if notional < _d(filters["least_notional"]):
        yield "NOTIONAL"


def _broken_limits(account: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    if account["open_of_trader"] >= rules["max_positions"] or account["open_of_account"] >= ACCOUNT_POSITIONS:
        yield "MAX_POSITIONS"
    for fall in (account["trader_drawdown"], account["account_drawdown"]):
        if _d(fall["daily_pct"]) >= _d(rules["max_daily_drawdown_pct"]):
            yield "DAILY_DRAWDOWN"
        if _d(fall["total_pct"]) >= _d(rules["max_total_drawdown_pct"]):
            yield "TOTAL_DRAWDOWN"


def _check_changes(
    trade: TradeRow, changes: Sequence[ChangeRow], seen: SeenChanges, findings: Findings
) -> None:
    """I-41: no model loosens a stop, none changes twice in five minutes, what was vetoed never applies."""
    sign = trade.legs[0].sign if trade.legs else 1
    by_model = [one for one in changes if one.triggered_by == BY_MODEL]
    for one in changes:
        if one.state == "APPLIED" and one.triggered_by in {BY_MODEL, BY_RULE}:
            old, new = one.before.get("sl_price"), one.after.get("sl_price")
            kept = old is None or (new is not None and (Decimal(new) - Decimal(old)) * sign >= 0)
            text = f"{trade.ticker}: {one.triggered_by} moved the stop from {old} to {new}"
            findings.check(41, kept, text, trade.id)
    for one in by_model:
        before = seen.states.get(one.id, one.state)
        text = f"{trade.ticker}: a model's change was {before} and is {one.state}"
        findings.check(41, before == one.state, text, trade.id)
        if one.state in OVER:
            seen.states[one.id] = one.state
    applied = sorted(
        {(one.decision_id, one.settled_at) for one in by_model if one.state == "APPLIED" and one.settled_at},
        key=lambda pair: pair[1],
    )
    for (decision, at), (other, later) in pairwise(applied):
        apart = decision == other or later - at >= CHANGES_APART
        findings.check(41, apart, f"{trade.ticker}: a model changed it at {at} and at {later}", trade.id)


def _shares(targets: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((_d(one["share"]) for one in targets), Decimal(0))


def _d(value: object) -> Decimal:
    return Decimal(str(value))


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)
