"""Context at entry (A-08): after the order, as of the entry, retried, once, and never in trading's way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.analysis.capsule import NO_INTERNALS
from chalicelib.domain.market.candles import Candle
from chalicelib.services.analysis.capture_context import capture_missing
from chalicelib.services.environment import Environment
from tests.services.stage import Stage, eastern

DAY = date(2026, 2, 19)
NAMES = ("signals_snapshot", "market_regime")


def capsule(stage: Stage, trade: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Run sync and the job it asks for, then read the trade."""
    stage.run("sync")
    stage.run("context")
    return stage.trade(trade)


def as_of(trade: dict[str, Any]) -> list[datetime]:  # Any: JSON
    """Return when the last candle of each intraday block had ended."""
    blocks = trade["signals_snapshot"]
    return [datetime.fromisoformat(blocks[name]["as_of"]) for name in ("1m", "5m", "15m", "1h")]


def test_a_trade_gets_its_capsule_with_the_next_sync(stage: Stage) -> None:
    placed = stage.place_bracketed()
    stage.sync()
    assert ("context", {}) in [(job, payload) for job, payload, _ in stage.bus.sent]
    found = capsule(stage, placed)

    signals, regime = found["signals_snapshot"], found["market_regime"]
    assert signals["reasons"] == {}
    assert 0 <= signals["1m"]["rsi"] <= 100
    assert signals["5m"]["ema_9_21_cross"] in {"bullish", "bearish", "neutral"}
    assert signals["15m"]["squeeze"] in {"on", "firing", "off"}
    assert signals["1h"]["trend"] in {"bullish", "bearish", "neutral"}
    assert isinstance(signals["daily"]["dist_from_200sma"], float)
    assert regime["spy"]["price"] > 0
    assert regime["spy"]["vix"] > 0
    assert regime["sector"]["ticker"] == "XLK"
    assert -1 <= regime["sector"]["correlation_30d"] <= 1
    assert regime["reasons"] == {
        "market_internals.ad_line": NO_INTERNALS,
        "market_internals.put_call_ratio": NO_INTERNALS,
    }


def test_the_order_book_is_there_with_the_order_and_is_what_placing_saw(stage: Stage) -> None:
    contract = stage.contract()
    bid, ask = stage.quote(contract)
    placed = stage.place(stage.command(contract))

    assert (placed["order_book_state"]["bid"], placed["order_book_state"]["ask"]) == (float(bid), float(ask))
    stage.jump("AAPL", 1.03)
    stage.advance(60)
    assert capsule(stage, placed)["order_book_state"] == placed["order_book_state"]


def test_what_happens_after_the_entry_is_not_looked_at(stage: Stage) -> None:
    """A-08: as of the moment of entry, however late it is captured."""
    placed = stage.place_bracketed()
    entered = datetime.fromisoformat(stage.trade(placed)["entry_date"])
    (before,) = stage.env.market_data.for_user("alice").underlying_quotes(["SPY"])
    for symbol in ("AAPL", "SPY", "VIX", "XLK"):
        stage.jump(symbol, 1.05)
    stage.advance(600)
    found = capsule(stage, placed)

    assert before.last is not None
    assert all(at <= entered for at in as_of(found))
    assert found["market_regime"]["spy"]["price"] == pytest.approx(float(before.last), rel=0.005)
    assert abs(found["market_regime"]["spy"]["pct_change"]) < 4
    assert abs(found["market_regime"]["sector"]["pct_change"]) < 4


def test_captured_sooner_or_later_the_signals_are_the_same(stage: Stage) -> None:
    first, second = stage.place_bracketed(), stage.place_bracketed(username="bob")
    stage.run("context", username="alice")
    stage.advance(540)
    stage.run("context", username="bob")

    sooner, later = stage.trade(first), stage.trade(second, username="bob")
    assert sooner["entry_date"] == later["entry_date"]
    assert sooner["signals_snapshot"] == later["signals_snapshot"]
    assert sooner["market_regime"]["sector"]["correlation_30d"] is not None
    assert (
        sooner["market_regime"]["sector"]["correlation_30d"]
        == later["market_regime"]["sector"]["correlation_30d"]
    )


def test_a_second_run_changes_nothing_and_no_run_raises_the_version(stage: Stage) -> None:
    placed = stage.place_bracketed()
    stage.sync()
    before = stage.trade(placed)
    revision = stage.query("select revision from portfolio_revisions where username = 'alice'")
    once = capsule(stage, placed)
    moved = stage.query("select revision from portfolio_revisions where username = 'alice'")
    stage.advance(300)
    twice = capsule(stage, placed)

    assert once["version"] == twice["version"] == before["version"]
    assert moved[0].revision > revision[0].revision
    assert [once[name] for name in NAMES] == [twice[name] for name in NAMES]
    assert stage.run("context") == {"skipped": "every opened trade has its context"}


def test_a_source_that_fails_is_asked_again_and_trading_goes_on(stage: Stage) -> None:
    stage.fault("status", method="GET", path="/timesales", times=9, code=500)
    placed = stage.place_bracketed()
    waiting = capsule(stage, placed)
    stage.world.faults.clear()
    stage.sync()

    assert placed["status"] == "OPEN"
    assert [waiting[name] for name in NAMES] == [None, None]
    assert capsule(stage, placed)["signals_snapshot"]["reasons"] == {}


def test_after_a_quarter_of_an_hour_what_is_missing_gets_its_reason(stage: Stage) -> None:
    placed = stage.place_bracketed()
    stage.advance(16 * 60)
    stage.fault("status", method="GET", path="/timesales", times=99, code=500)
    found = capsule(stage, placed)

    signals, regime = found["signals_snapshot"], found["market_regime"]
    assert signals["1m"]["rsi"] is None
    assert {"1m.rsi", "5m.macd_hist", "15m.squeeze", "1h.trend"} <= set(signals["reasons"])
    assert signals["daily"]["trend"] in {"bullish", "bearish", "neutral"}
    assert regime["sector"]["ticker"] == "XLK"
    assert {"spy.price", "spy.vix", "sector.pct_change"} <= set(regime["reasons"])


def test_a_token_that_cannot_be_opened_any_more_ends_in_a_capsule_of_reasons(stage: Stage) -> None:
    placed = stage.place_bracketed()
    stage.store_connection(BrokerMode.TRADIER_SANDBOX, account_id=stage.account(), sealed="k1:broken")
    stage.run("context")
    assert stage.trade(placed)["signals_snapshot"] is None
    stage.advance(16 * 60)
    stage.run("context")
    found = stage.trade(placed)

    assert "token cannot be opened" in found["signals_snapshot"]["reasons"]["1m.rsi"]
    assert "token cannot be opened" in found["market_regime"]["reasons"]["spy.price"]


class WithoutIndexCandles:
    """A source like another but for candles of the volatility index."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def serves_all(self) -> bool:
        return self._env.market_data.serves_all()

    def serves_underlyings_to(self, username: str) -> bool:
        return self._env.market_data.serves_underlyings_to(username)

    def for_user(self, username: str | None, **asked: Any) -> Any:  # Any: the source, but for one answer
        source = self._env.market_data.for_user(username, **asked)
        all_candles = source.candles

        def candles(symbol: str, *more: Any) -> tuple[Candle, ...]:  # Any: passed on
            return () if symbol == "VIX" else all_candles(symbol, *more)

        vars(source)["candles"] = candles
        return source


@pytest.mark.parametrize(("late", "is_known"), [(100, True), (200, False)])
def test_an_index_without_candles_has_the_quote_of_the_minutes_after_or_none(
    stage: Stage, late: float, is_known: bool
) -> None:
    placed = stage.place_bracketed()
    stage.advance(late)
    env = stage.container.jobs_environment()
    capture_missing(replace(env, market_data=WithoutIndexCandles(env)))
    regime = stage.trade(placed)["market_regime"]

    assert (regime["spy"]["vix"] is not None) == is_known
    assert ("spy.vix" in regime["reasons"]) == (not is_known)
    assert regime["spy"]["price"] is not None


def test_two_workers_at_once_store_one_capsule(stage: Stage) -> None:
    placed = stage.place_bracketed()
    env = stage.container.jobs_environment()
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: capture_missing(env), range(2)))

    assert sum(one.captured for one in reports) == 1
    assert stage.trade(placed)["signals_snapshot"]["reasons"] == {}


def test_a_trade_that_ended_before_its_capsule_still_gets_it(stage: Stage) -> None:
    placed = stage.place_bracketed()
    stage.advance(20)
    stage.close_trade(stage.trade(placed))
    stage.sync()
    found = capsule(stage, placed)

    assert found["is_locked"]
    assert found["signals_snapshot"]["1m"]["rsi"] is not None
    assert ("context", {}) in [(job, payload) for job, payload, _ in stage.bus.sent]


def test_what_the_caller_sent_stays_beside_ours(stage: Stage) -> None:
    """A-08: a caller's own signals are kept as sent."""
    command = stage.command()
    scanner = type(command.scanner)(signals_given={"1m": {"rsi": 999}}, ai_reasoning_log={"prompt": "p"})
    placed = stage.place(stage.command(scanner=scanner))
    found = capsule(stage, placed)

    assert found["signals_given"] == {"1m": {"rsi": 999}}
    assert found["ai_reasoning_log"] == {"prompt": "p"}
    assert found["signals_snapshot"]["1m"]["rsi"] != 999


def test_nothing_is_captured_of_an_entry_that_waits_and_then_as_of_its_fill(stage: Stage) -> None:
    stage.go_to(eastern(DAY, 20))
    waits = stage.place()
    assert capsule(stage, waits)["signals_snapshot"] is None
    book = stage.trade(waits)["order_book_state"]
    stage.go_to(eastern(DAY + timedelta(days=1), 9, 31))
    found = capsule(stage, waits)

    assert found["status"] == "OPEN"
    assert found["order_book_state"]["as_of"] > book["as_of"]
    assert found["signals_snapshot"]["1m"]["rsi"] is not None
    assert all(at <= datetime.fromisoformat(found["entry_date"]) for at in as_of(found))


def test_a_fund_over_many_sectors_has_no_sector_and_says_why(stage: Stage) -> None:
    placed = stage.place(stage.command(stage.contract("SPY")))
    sector = capsule(stage, placed)["market_regime"]

    assert sector["sector"] == {"ticker": None, "pct_change": None, "correlation_30d": None}
    assert sector["reasons"]["sector.ticker"] == "SPY is a fund over many sectors"


def test_many_entries_of_a_minute_leave_quotes_their_calls(stage: Stage) -> None:
    """A-12: candles come after everything that trading needs; what finds no room comes a minute later."""
    tickers = ("AAPL", "MSFT", "NVDA", "AMD", "TSLA", "QQQ")
    placed = [stage.place(stage.command(stage.contract(ticker))) for ticker in tickers]
    stage.advance(61)
    stage.run("context")
    stage.run("snapshot")
    first = [stage.trade(one)["signals_snapshot"] is not None for one in placed]
    for _ in range(4):
        stage.advance(61)
        stage.run("context")

    assert not all(first)
    assert stage.quote(stage.contract())
    assert all(stage.trade(one)["signals_snapshot"] is not None for one in placed)
    assert timedelta(0) <= stage.clock.now() - datetime.fromisoformat(stage.trade(placed[0])["entry_date"])


def test_a_paper_user_without_a_token_has_the_markets_price(stage: Stage) -> None:
    """A-08: ORATS quotes underlyings too; what needs candles says that there are none."""
    stage.store_connection(BrokerMode.TRADIER_SANDBOX)
    stage.set(broker_mode="PAPER")
    placed = stage.place(stage.command(stage.contract()))
    stage.advance(60)
    regime = capsule(stage, placed)["market_regime"]
    seen = stage.world.simulated.stock_quote("SPY", stage.clock.now())
    assert seen is not None

    assert placed["broker_mode"] == "PAPER"
    assert regime["spy"]["price"] == pytest.approx(seen.last, rel=0.005)
    assert regime["spy"]["vix"] > 0
    assert "spy.price" not in regime["reasons"]
    assert regime["reasons"]["spy.pct_change"] == "the vendor does not say"
