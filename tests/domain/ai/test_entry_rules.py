"""Each rule of an entry at its limit, a step below and a step above (C-03)."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionOutcome, TakeProfit
from chalicelib.domain.ai.traders.trader import SizingRule, TraderExchange, TraderMode
from chalicelib.domain.ai.validation.entries import EntryPlan, judge_entry
from chalicelib.domain.ai.validation.facts import Drawdown
from chalicelib.domain.people import Tier
from tests.domain.ai.cases import CLOSED, LONG, NOW, SHORT, case

#: Wide of every other limit, so that one rule is judged alone.
ROOMY: Final = {"portfolio": Decimal(1_000_000), "free_balance": Decimal(1_000_000)}
LIVE: Final = {"mode": TraderMode.LIVE, "exchange": TraderExchange.BINANCE}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure of a case or a wish, and whether the rule holds."""

    rule: str
    holds: bool
    trading: dict[str, Any] = field(default_factory=dict)  # Any: fields of the dataclass
    moment: dict[str, Any] = field(default_factory=dict)  # Any: as above
    account: dict[str, Any] = field(default_factory=dict)  # Any: as above
    confidence: str = "0.8"
    wish: AiDecision = LONG


def _long(**changes: Any) -> AiDecision:  # Any: fields of the dataclass
    return replace(LONG, **changes)


def _target(price: str, share: str = "1") -> tuple[TakeProfit, ...]:
    return (TakeProfit(price=Decimal(price), share=Decimal(share)),)


def _fallen(daily: str | None, total: str | None) -> Drawdown:
    return Drawdown(
        daily_pct=None if daily is None else Decimal(daily),
        total_pct=None if total is None else Decimal(total),
    )


ROWS: Final = [
    Row(rule="TIER", holds=False, account={"tier": Tier.FREE}),
    Row(rule="TIER", holds=True, account={"tier": Tier.PRO, "open_of_account": 2}),
    Row(rule="TIER", holds=False, account={"tier": Tier.PRO, "open_of_account": 3}),
    Row(rule="TIER", holds=False, account={"tier": Tier.PRO}, trading=LIVE),
    Row(rule="TIER", holds=True, trading=LIVE),
    Row(rule="POSITION", holds=True),
    Row(rule="POSITION", holds=False, account={"is_symbol_held": True}),
    Row(rule="KILL_SWITCH", holds=True),
    Row(rule="KILL_SWITCH", holds=False, account={"stopped_by": "safe_mode"}),
    Row(rule="KILL_SWITCH", holds=False, account={"stopped_by": None}),
    Row(rule="LIVE_SHORT", holds=True, wish=SHORT),
    Row(rule="LIVE_SHORT", holds=False, wish=SHORT, trading=LIVE),
    Row(rule="MIN_CONFIDENCE", holds=False, confidence="0.699"),
    Row(rule="MIN_CONFIDENCE", holds=True, confidence="0.7"),
    Row(rule="MIN_CONFIDENCE", holds=True, confidence="0.701"),
    Row(rule="PRICE_AGE", holds=True, moment={"price_at": NOW - timedelta(seconds=60)}),
    Row(rule="PRICE_AGE", holds=False, moment={"price_at": NOW - timedelta(seconds=61)}),
    Row(rule="PRICE_AGE", holds=False, moment={"price": None}),
    Row(rule="PRICE_AGE", holds=False, moment={"candle_at": CLOSED - timedelta(minutes=1)}),
    Row(rule="PRICE_AGE", holds=False, moment={"candle_at": None}),
    Row(rule="ENTRY_PRICE", holds=True, wish=_long(entry_price=Decimal("100.49"))),
    Row(rule="ENTRY_PRICE", holds=True, wish=_long(entry_price=Decimal("100.50"))),
    Row(rule="ENTRY_PRICE", holds=False, wish=_long(entry_price=Decimal("100.51"))),
    Row(rule="ENTRY_PRICE", holds=True, wish=replace(SHORT, entry_price=Decimal("99.50"))),
    Row(rule="ENTRY_PRICE", holds=False, wish=replace(SHORT, entry_price=Decimal("99.49"))),
    Row(rule="STOP_REQUIRED", holds=False, wish=_long(stop_loss=None)),
    Row(rule="STOP_SIDE", holds=True, wish=_long(stop_loss=Decimal("99.99"))),
    Row(rule="STOP_SIDE", holds=False, wish=_long(stop_loss=Decimal(100))),
    Row(rule="STOP_SIDE", holds=False, wish=_long(stop_loss=Decimal("100.01"))),
    Row(rule="STOP_SIDE", holds=False, wish=replace(SHORT, stop_loss=Decimal("99.99"))),
    Row(rule="MIN_SL_DISTANCE", holds=True, wish=_long(stop_loss=Decimal("99.49"))),
    Row(rule="MIN_SL_DISTANCE", holds=True, wish=_long(stop_loss=Decimal("99.50"))),
    Row(rule="MIN_SL_DISTANCE", holds=False, wish=_long(stop_loss=Decimal("99.51"))),
    Row(rule="MIN_SL_DISTANCE", holds=False, moment={"atr": None}),
    # (100 - 98 + 0.198) × 10 = 21.98 against 2 % of the portfolio
    Row(rule="MAX_RISK_PER_TRADE", holds=True, account={"portfolio": Decimal("1099.01")}),
    Row(rule="MAX_RISK_PER_TRADE", holds=True, account={"portfolio": Decimal(1099)}),
    Row(rule="MAX_RISK_PER_TRADE", holds=False, account={"portfolio": Decimal("1098.99")}),
    Row(rule="MAX_RISK_PER_TRADE", holds=False, account={"portfolio": None}),
    Row(rule="MAX_POSITION_SIZE", holds=True, account={"portfolio": Decimal(5001)}),
    Row(rule="MAX_POSITION_SIZE", holds=True, account={"portfolio": Decimal(5000)}),
    Row(rule="MAX_POSITION_SIZE", holds=False, account={"portfolio": Decimal(4999)}),
    Row(rule="CORRELATED_EXPOSURE", holds=True, account={"correlated": Decimal(2999)}),
    Row(rule="CORRELATED_EXPOSURE", holds=True, account={"correlated": Decimal(3000)}),
    Row(rule="CORRELATED_EXPOSURE", holds=False, account={"correlated": Decimal(3001)}),
    Row(rule="CORRELATED_EXPOSURE", holds=False, account={"correlated": None}),
    Row(rule="BALANCE", holds=True, account={"free_balance": Decimal("1111.12")}),
    Row(
        rule="BALANCE",
        holds=True,
        trading={"position_size_usd": Decimal(900)},
        account={"free_balance": Decimal(1000)},
    ),
    Row(rule="BALANCE", holds=False, account={"free_balance": Decimal("1111.1")}),
    Row(rule="BALANCE", holds=False, account={"free_balance": None}),
    Row(rule="TP_BEYOND_FEES", holds=True, wish=_long(take_profits=_target("100.21"))),
    Row(rule="TP_BEYOND_FEES", holds=False, wish=_long(take_profits=_target("100.20"))),
    Row(rule="TP_BEYOND_FEES", holds=False, wish=_long(take_profits=_target("100.19"))),
    Row(rule="TP_BEYOND_FEES", holds=True, wish=replace(SHORT, take_profits=_target("99.79"))),
    Row(rule="TP_BEYOND_FEES", holds=False, wish=replace(SHORT, take_profits=_target("99.80"))),
    Row(
        rule="TP_BEYOND_FEES",
        holds=False,
        wish=_long(take_profits=(*_target("104", "0.6"), *_target("105", "0.41"))),
    ),
    Row(rule="TP_BEYOND_FEES", holds=True, wish=_long(take_profits=())),
    Row(rule="TP_DISTANCE", holds=True, wish=_long(take_profits=_target("119.99"))),
    Row(rule="TP_DISTANCE", holds=True, wish=_long(take_profits=_target("120"))),
    Row(rule="TP_DISTANCE", holds=False, wish=_long(take_profits=_target("120.01"))),
    Row(rule="TICK", holds=True, wish=_long(stop_loss=Decimal("97.999"))),
    Row(rule="TICK", holds=False, moment={"filters": None}),
    Row(rule="LOT", holds=True, wish=_long(quantity=Decimal("0.2009"))),
    Row(rule="LOT", holds=False, wish=_long(quantity=Decimal("0.0009"))),
    Row(rule="NOTIONAL", holds=True, wish=_long(quantity=Decimal("0.101"))),
    Row(rule="NOTIONAL", holds=True, wish=_long(quantity=Decimal("0.1"))),
    Row(rule="NOTIONAL", holds=False, wish=_long(quantity=Decimal("0.099"))),
    Row(rule="MAX_POSITIONS_TRADER", holds=True, account={"open_of_trader": 2}),
    Row(rule="MAX_POSITIONS_TRADER", holds=False, account={"open_of_trader": 3}),
    Row(rule="MAX_POSITIONS_TRADER", holds=False, account={"open_of_trader": 4}),
    Row(rule="MAX_POSITIONS_ACCOUNT", holds=True, account={"open_of_account": 9}),
    Row(rule="MAX_POSITIONS_ACCOUNT", holds=False, account={"open_of_account": 10}),
    Row(rule="MAX_POSITIONS_ACCOUNT", holds=False, account={"open_of_account": 11}),
    Row(rule="DAILY_DRAWDOWN", holds=True, account={"trader_drawdown": _fallen("4.99", "0")}),
    Row(rule="DAILY_DRAWDOWN", holds=False, account={"trader_drawdown": _fallen("5", "0")}),
    Row(rule="DAILY_DRAWDOWN", holds=False, account={"account_drawdown": _fallen("5.01", "0")}),
    Row(rule="DAILY_DRAWDOWN", holds=False, account={"account_drawdown": _fallen(None, "0")}),
    Row(rule="TOTAL_DRAWDOWN", holds=True, account={"account_drawdown": _fallen("0", "19.99")}),
    Row(rule="TOTAL_DRAWDOWN", holds=False, account={"account_drawdown": _fallen("0", "20")}),
    Row(rule="TOTAL_DRAWDOWN", holds=False, account={"trader_drawdown": _fallen("0", "20.01")}),
    Row(rule="LIVE_CAP", holds=True, trading={**LIVE, "position_size_usd": Decimal(99)}),
    Row(rule="LIVE_CAP", holds=True, trading={**LIVE, "position_size_usd": Decimal(100)}),
    Row(rule="LIVE_CAP", holds=False, trading={**LIVE, "position_size_usd": Decimal(101)}),
    Row(
        rule="LIVE_CAP",
        holds=False,
        trading={**LIVE, "position_size_usd": Decimal(99)},
        account={"live_positions": 2},
    ),
    Row(
        rule="LIVE_CAP",
        holds=False,
        trading={**LIVE, "position_size_usd": Decimal(101)},
        account={"live_trades": 100},
    ),
    Row(
        rule="LIVE_CAP",
        holds=False,
        trading={**LIVE, "position_size_usd": Decimal(101)},
        account={"live_trades": 99, "is_live_cap_lifted": True},
    ),
]


def _judged(row: Row) -> EntryPlan:
    return judge_entry(
        case(trading=row.trading, moment=row.moment, account=row.account, confidence=row.confidence), row.wish
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{'holds' if row.holds else 'fails'}")
def test_a_rule_holds_up_to_its_limit_and_not_beyond(row: Row) -> None:
    """C-03: every constraint at its limit, one below, one above; what is not known does not hold."""
    found = {one.name.value: one.satisfied for one in _judged(row).validation.constraints}

    assert found[row.rule] is row.holds


def test_every_rule_of_entries_has_its_rows() -> None:
    """C-03: a rule without a row here would be a rule that nobody looked at."""
    judged = {one.name.value for one in judge_entry(case(trading=LIVE), LONG).validation.constraints}

    assert judged == {row.rule for row in ROWS}


def test_all_hold_and_the_entry_may_be_sent() -> None:
    plan = judge_entry(case(), LONG)

    assert (plan.outcome, plan.validation.errors) == (DecisionOutcome.EXECUTED, ())
    assert plan.wish.quantity == Decimal(10)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"trading": {"require_approval": True}}, DecisionOutcome.AWAITING_APPROVAL),
        ({"confidence": "0.5"}, DecisionOutcome.BELOW_CONFIDENCE),
        ({"account": {"open_of_trader": 3}}, DecisionOutcome.QUEUED),
        ({"account": {"stopped_by": "safe_mode"}}, DecisionOutcome.VALIDATION_FAILED),
        ({"account": {"stopped_by": "safe_mode", "open_of_trader": 3}}, DecisionOutcome.VALIDATION_FAILED),
        ({"account": {"free_balance": None}}, DecisionOutcome.VALIDATION_FAILED),
    ],
)
def test_what_becomes_of_a_decision(
    changes: dict[str, Any], outcome: DecisionOutcome
) -> None:  # Any: of `case`
    """C-02."""
    assert judge_entry(case(**changes), LONG).outcome is outcome


def test_of_800_free_720_are_offered() -> None:
    """C-03: 1,000 asked; a tenth of the balance stays."""
    plan = judge_entry(case(account={"free_balance": Decimal(800)}), LONG)

    assert plan.outcome is DecisionOutcome.AWAITING_APPROVAL
    assert plan.validation.offered_quantity == Decimal("7.2")


def test_of_a_portfolio_of_5000_a_fifth_is_offered() -> None:
    """C-03: 2,000 asked."""
    rules = {"position_size_usd": Decimal(2000)}
    plan = judge_entry(case(trading=rules, account={"portfolio": Decimal(5000)}), LONG)

    assert plan.outcome is DecisionOutcome.AWAITING_APPROVAL
    assert plan.validation.offered_quantity == Decimal(10)


def test_a_size_whose_stop_would_lose_too_much_is_offered_smaller() -> None:
    """C-13: the largest size is bounded by the risk, with the fees of both sides, too."""
    wish = replace(LONG, stop_loss=Decimal(50), take_profits=())
    plan = judge_entry(case(), wish)

    assert plan.validation.offered_quantity == Decimal("3.988")
    assert plan.outcome is DecisionOutcome.AWAITING_APPROVAL


def test_an_offer_under_the_least_notional_is_none() -> None:
    """C-13."""
    plan = judge_entry(case(account={"free_balance": Decimal(11)}), LONG)

    assert plan.outcome is DecisionOutcome.VALIDATION_FAILED
    assert plan.validation.offered_quantity is None


def test_a_model_may_ask_for_less_and_never_gets_more() -> None:
    """C-02: the trader's sizing decides."""
    less = judge_entry(case(), replace(LONG, quantity=Decimal(3)))
    more = judge_entry(case(), replace(LONG, quantity=Decimal(300)))

    assert (less.wish.quantity, less.validation.warnings) == (Decimal(3), ())
    assert more.wish.quantity == Decimal(10)
    assert more.validation.warnings


@pytest.mark.parametrize(
    ("rules", "quantity"),
    [
        ({"sizing": SizingRule.FIXED, "position_size_usd": None}, "1"),
        ({"sizing": SizingRule.FIXED, "position_size_usd": Decimal(50)}, "0.5"),
        ({"sizing": SizingRule.PERCENT, "position_size_pct": Decimal(5)}, "5"),
        ({"sizing": SizingRule.RISK}, "90.991"),
        ({"sizing": SizingRule.VOLATILITY}, "50"),
    ],
)
def test_a_traders_sizing_decides_the_quantity(
    rules: dict[str, Any], quantity: str
) -> None:  # Any: of Trading
    """C-01, C-13."""
    assert judge_entry(case(trading=rules), LONG).wish.quantity == Decimal(quantity)


_PRICE = st.decimals("0.01", "100000", places=4)
_FREE = st.one_of(st.none(), st.decimals("0", "100000", places=2))


@given(
    entry=st.one_of(st.none(), _PRICE),
    stop=st.one_of(st.none(), _PRICE),
    targets=st.lists(st.tuples(_PRICE, st.decimals("0.01", "1", places=2)), max_size=5),
    quantity=st.one_of(st.none(), st.decimals("0.0001", "100000", places=4)),
    free=_FREE,
    portfolio=_FREE,
)
def test_whatever_a_model_says_what_may_be_sent_keeps_every_limit(
    entry: Decimal | None,
    stop: Decimal | None,
    targets: list[tuple[Decimal, Decimal]],
    quantity: Decimal | None,
    free: Decimal | None,
    portfolio: Decimal | None,
) -> None:
    """C-03: fuzzed answers never reach an order that passes a limit; worked out here once more by hand."""
    wish = replace(
        LONG,
        entry_price=entry,
        stop_loss=stop,
        take_profits=tuple(TakeProfit(price=price, share=share) for price, share in targets),
        quantity=quantity,
    )
    plan = judge_entry(case(account={"free_balance": free, "portfolio": portfolio}), wish)

    if plan.outcome is not DecisionOutcome.EXECUTED:
        return
    assert free is not None
    assert portfolio is not None
    assert plan.wish.stop is not None
    paid = plan.wish.limit or Decimal(100)
    assert paid <= Decimal("100.5")
    assert plan.wish.stop < paid
    assert paid * plan.wish.quantity <= min(free * Decimal("0.9"), portfolio * Decimal("0.2"))
    fees = (paid + plan.wish.stop) * Decimal("0.001")
    assert (paid - plan.wish.stop + fees) * plan.wish.quantity <= portfolio * Decimal("0.02")
    assert all(one.price > Decimal("100.2") for one in plan.wish.targets)
