"""The rules of C-03 from signal to order: sizes, stops, limits, what is not known, who is stopped."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text, update

from chalicelib.domain.ai.decisions.adjusted import Adjusted
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.validation.entries import judge_wish
from chalicelib.domain.ai.validation.entry_rules import Wish
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.desk.stored import from_json
from chalicelib.services.ai.control_traders import pause_trader
from chalicelib.services.ai.deciding.approving import approve
from chalicelib.services.ai.entries_switch import set_entries
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.ai.silenced import silence
from chalicelib.store.schema import traders
from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long, says
from tests.services.coins.exchange import BTC, ETH

D = Decimal
FAILED, AWAITING, EXECUTED, NOT_EXECUTED, EXPIRED = (
    DecisionOutcome.VALIDATION_FAILED,
    DecisionOutcome.AWAITING_APPROVAL,
    DecisionOutcome.EXECUTED,
    DecisionOutcome.NOT_EXECUTED,
    DecisionOutcome.EXPIRED,
)


def offered(row: DecisionRow) -> Decimal | None:
    found = (row.validation or {}).get("offered_quantity")
    return None if found is None else D(str(found))


def have(stage: DecisionStage, cash: int) -> None:
    """Let alice's account of coins have so much, and nothing else."""
    stage.env.paper_floor.coins("alice").balance()
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.execute(
            text("update paper_accounts set cash = :cash where username = 'alice' and account_id = 'USDT'"),
            {"cash": cash},
        )


def hold_elsewhere(stage: DecisionStage, cash: int, worth: int) -> None:
    """Let the account be worth `cash + worth`, with `cash` free."""
    have(stage, cash)
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.execute(
            text(
                "insert into paper_positions (username, account_id, symbol, underlying, quantity, cost_basis,"
                " mark_price) values ('alice', 'USDT', 'BNBUSDT', 'BNBUSDT', 1, :worth, :worth)"
            ),
            {"worth": worth},
        )


def test_of_800_free_720_are_offered(stage: DecisionStage) -> None:
    """C-03: 1,000 asked with 800 free; portfolio and risk allow it; a plain yes takes what is offered."""
    hold_elsewhere(stage, 800, 9_200)
    bot = stage.bot(position_size_usd=1000)
    stage.answers(goes_long())
    row = stage.decide(bot)

    assert row.outcome is AWAITING
    assert stage.failed(row) - {"TP_DISTANCE"} == {"BALANCE"}
    assert offered(row) == D("0.0075")  # 720 USDT at 96,000
    assert stage.trades() == []
    approve(stage.env, "alice", row.id, Adjusted(), None)
    assert stage.trades()[0].qty == D("0.0075")


def test_of_5000_no_2000_but_1000(stage: DecisionStage) -> None:
    """C-03: 2,000 of a 5,000 portfolio is refused and 1,000 offered."""
    have(stage, 5_000)
    stage.answers(goes_long(stop_loss=95_500))
    row = stage.decide(stage.bot(position_size_usd=2000))

    assert (row.outcome, stage.trades()) == (AWAITING, [])
    assert "MAX_POSITION_SIZE" in stage.failed(row)
    assert offered(row) == D("0.01041")  # 1,000 USDT at 96,000, on the lot


def test_what_is_offered_is_refused_under_the_least_notional(stage: DecisionStage) -> None:
    """C-13."""
    hold_elsewhere(stage, 5, 9_995)
    stage.answers(goes_long())
    row = stage.decide(stage.bot())

    assert (row.outcome, offered(row)) == (FAILED, None)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (goes_long(stop_loss=None), "STOP_REQUIRED"),
        (goes_long(stop_loss=97_000), "STOP_SIDE"),
        (goes_long(entry_price=96_481), "ENTRY_PRICE"),
        (goes_long(take_profits=[{"price": 96_100, "share": 1}]), "TP_BEYOND_FEES"),
        (goes_long(take_profits=[{"price": 98_000, "share": 0.7}] * 2), "TP_BEYOND_FEES"),
        (says("SHORT", stop_loss=95_000), "STOP_SIDE"),
    ],
)
def test_an_absurd_answer_never_reaches_an_order(
    stage: DecisionStage, answer: dict[str, Any], rule: str
) -> None:
    """C-03, complaint: an inverted or absurd stop accepted."""
    stage.answers(answer)
    row = stage.decide(stage.bot())

    assert row.outcome is FAILED
    assert rule in stage.failed(row)
    assert stage.trades() == []
    assert stage.query("select count(*) from orders") == [(0,)]
    assert len(stage.told("ai_decision_blocked")) == 1


def test_a_short_is_sold_on_paper(stage: DecisionStage) -> None:
    """C-02: mirrored, and on paper only."""
    stage.answers(says("SHORT", stop_loss=97_000, take_profits=[{"price": 94_000, "share": 0.5}]))
    row = stage.decide(stage.bot())
    (trade,) = stage.trades()

    assert (row.outcome, trade.status, trade.sl_price) == (EXECUTED, "OPEN", D(97_000))


def test_confidence_at_the_minimum_executes(stage: DecisionStage) -> None:
    """C-02, C-13: equal executes, below is told as that and nothing is sent."""
    bot = stage.bot(min_confidence=0.8)
    stage.answers(goes_long(confidence=0.79), goes_long(confidence=0.8))
    below, at = stage.decide(bot), stage.decide(bot)

    assert (below.outcome, at.outcome) == (DecisionOutcome.BELOW_CONFIDENCE, EXECUTED)
    assert "MIN_CONFIDENCE" in stage.failed(below)


def test_the_models_quantity_is_cut_to_the_traders_size(stage: DecisionStage) -> None:
    """C-02: a smaller one is honoured, a larger one cut with a warning."""
    bot = stage.bot()
    stage.answers(goes_long(quantity=5), says("LONG", stop_loss=3_250, quantity=0.1))
    larger, smaller = stage.decide(bot), stage.decide(bot, ETH)

    assert [one.qty for one in stage.trades()] == [D("0.01041"), D("0.1")]
    assert (larger.validation or {})["warnings"]
    assert smaller.outcome is EXECUTED


@pytest.mark.parametrize(
    ("sizing", "fields", "qty"),
    [
        ("percent", {"position_size_pct": 5}, "0.0052"),
        ("risk", {"max_risk_pct": 0.1}, "0.00839"),
        ("fixed", {"position_size_usd": None}, "0.00104"),
    ],
)
def test_sizing_decides_the_quantity(
    stage: DecisionStage, sizing: str, fields: dict[str, Any], qty: str
) -> None:
    """C-01, C-13: 5 % of 10,000; 10 USDT over 1,000 and fees; the smaller of 100 and 1 %."""
    stage.answers(goes_long())
    row = stage.decide(stage.bot(sizing=sizing, **fields))

    assert row.outcome is EXECUTED
    assert stage.trades()[0].qty == D(qty)


@pytest.mark.parametrize("by", ["the operator", "a kill switch"])
def test_what_stops_entries_stops_traders(stage: DecisionStage, by: str) -> None:
    """C-07, C-13, B-08: VALIDATION_FAILED with KILL_SWITCH; what is held goes on."""
    bot = stage.bot()
    stage.answers(goes_long())
    stage.decide(bot)
    if by == "the operator":
        set_entries(stage.env, "olga", enabled=False)
    else:
        with stage.container.jobs_environment().database.transaction("alice") as connection:
            connection.execute(
                text(
                    "insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at)"
                    " values (:id, 'alice', 'user', 'safe_mode', 'person', 'enough', 'alice', now())"
                ),
                {"id": stage.env.randomness.uuid7(stage.clock.now())},
            )
    stage.answers(says("LONG", stop_loss=3_250))
    row = stage.decide(bot, ETH)
    stage.answers(says("CLOSE"))
    stage.close_candle()

    assert row.outcome is FAILED
    assert "KILL_SWITCH" in stage.failed(row)
    assert [one.status for one in stage.trades()] == ["CLOSED"]


def test_a_price_that_cannot_be_read_lets_nothing_in_and_everything_out(stage: DecisionStage) -> None:
    """C-03: missing data fails closed; an exit is not held back."""
    bot = stage.bot()
    stage.answers(goes_long())
    stage.decide(bot)
    stage.answers(says("LONG", stop_loss=3_250), says("CLOSE"))
    stage.exchange.is_down = True
    row = stage.decide(bot, ETH)
    stage.close_candle()

    assert row.outcome is FAILED
    assert {"PRICE_AGE", "LOT", "MIN_SL_DISTANCE"} <= stage.failed(row)
    assert stage.decisions()[0].outcome is EXECUTED
    assert stage.trades()[0].close_requested_at is not None


@pytest.mark.parametrize("stop", ["silenced", "free", "no tier", "too late", "market hours"])
def test_no_model_is_asked_where_nothing_could_follow(stage: DecisionStage, stop: str) -> None:
    """C-07, C-08, C-13: kept with why, without a call; complaint: the model called at great cost."""
    bot = stage.bot(market_hours_only=stop == "market hours")
    signal_id = stage.signal(bot)
    match stop:
        case "silenced":
            with stage.env.database.transaction("alice") as connection:
                silence(connection, "alice", bot.id, BTC)
        case "free":
            stage.set(tier="free")
        case "no tier":
            stage.set(tier=None)
        case "too late":
            stage.advance(300)
    stage.run("decide", username="alice", signal=str(signal_id))
    row = stage.last()

    expected = {"too late": EXPIRED, "free": FAILED, "no tier": FAILED}
    assert row.outcome is expected.get(stop, NOT_EXECUTED)
    assert (stage.asked(), stage.trades(), row.model) == ([], [], None)


@pytest.mark.parametrize("change", ["off", "locked", "removed"])
def test_a_trader_that_was_stopped_decides_nothing(stage: DecisionStage, change: str) -> None:
    """C-07, complaint: stopping a bot does not stop it; a deleted bot trades on."""
    bot = stage.bot()
    signal_id = stage.signal(bot)
    now = stage.clock.now()
    facts: dict[str, dict[str, Any]] = {
        "off": {"enabled": False},
        "locked": {"locked_at": now},
        "removed": {"enabled": False, "removed_at": now},
    }
    with stage.env.database.transaction("alice") as connection:
        connection.execute(update(traders).where(traders.c.id == bot.id).values(**facts[change]))
    stage.run("decide", username="alice", signal=str(signal_id))

    assert (stage.decisions(), stage.asked(), stage.trades()) == ([], [], [])


def test_a_paused_trader_is_analysed_and_leaves(stage: DecisionStage) -> None:
    """C-07: entries and changes are NOT_EXECUTED; exits go out."""
    bot = stage.bot()
    tighter = {"kind": "MOVE_SL", "reason": "higher low", "new_stop": 95_500}
    stage.answers(goes_long())
    stage.decide(bot)
    pause_trader(stage.env, "alice", bot.id)
    stage.answers(says("LONG", stop_loss=3_250), says("MODIFY", modifications=[tighter]), says("CLOSE"))
    entry = stage.decide(bot, ETH)
    stage.close_candle()
    change = stage.last()
    stage.close_candle()

    assert [entry.outcome, change.outcome, stage.last().outcome] == [NOT_EXECUTED, NOT_EXECUTED, EXECUTED]
    assert [one.status for one in stage.trades()] == ["CLOSED"]


def test_an_order_has_a_decision_that_holds_when_judged_again(stage: DecisionStage) -> None:
    """I-41: its facts are stored, and say the same."""
    stage.answers(goes_long())
    row = stage.decide(stage.bot())
    assert row.facts is not None
    case, wish = from_json(Case, row.facts["case"]), from_json(Wish, row.facts["wish"])

    again = judge_wish(case, wish)
    assert again.outcome is EXECUTED
    assert again.validation.as_json() == row.validation
    smaller = replace(case.account, free_balance=D(100))
    assert judge_wish(replace(case, account=smaller), wish).outcome is AWAITING


def test_an_exchange_that_is_not_connected_is_not_replaced_by_ours(stage: DecisionStage) -> None:
    """C-13: paper at Binance is its testnet; nothing is bought anywhere else in its place."""
    stage.answers(goes_long())
    row = stage.decide(stage.bot(exchange="BINANCE"))

    assert (row.outcome, stage.trades()) == (FAILED, [])
    assert "not connected" in str((row.validation or {})["errors"])
