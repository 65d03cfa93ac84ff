"""The desk and the traders at work: what their views show, and how to come to each state."""

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from infra.local.running import RunningStack, StackFailed, call_json
from infra.local.seed.demo_desk import ensure_demo_desk
from infra.screenshots.scenes import WAIT_MS, Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

CANDLE_SECONDS: Final = 300
BACKTEST_SECONDS_MAX: Final = 300
ETHER: Final = 2_750.0
SOL: Final = 185.0
BITCOIN: Final = 96_000.0
_ALWAYS: Final = {"required": [{"left": {"indicator": "price"}, "op": ">", "right": 1}]}
_NOTHING_MORE: Final = dict.fromkeys(
    (
        *("entry_price", "quantity", "stop_loss", "exit_price", "partial_quantity", "risk_reward"),
        *("max_risk_pct", "expected_holding_minutes"),
    )
)
_WORDS: Final = (
    "The trend is up on three timeframes; the last pullback held above the rising average, and volume came "
    "back with the break. Invalid below the swing low."
)


def set_to_work(stack: RunningStack) -> None:
    """Give the desk its two strategies, two traders their pairs; live until they hold something."""
    ensure_demo_desk(stack.call)
    for name, symbol, price, asks in (
        ("Ether by itself", "ETHUSDT", ETHER, False),
        ("Sol asks first", "SOLUSDT", SOL, True),
        ("Bitcoin, in and out", "BTCUSDT", BITCOIN, False),
    ):
        stack.set_price(symbol, price)
        trading = {"enabled": True, "require_approval": asks, "position_size_usd": 800, "veto_seconds": 3600}
        body = {"name": name, "symbols": [symbol], "timeframe": "5m", "filter": _ALWAYS, "trading": trading}
        stack.call("POST", "/traders", body)
    say(stack, "ETHUSDT", "LONG", **_levels(ETHER))
    say(stack, "SOLUSDT", "LONG", confidence=0.55, **_levels(SOL))
    say(stack, "BTCUSDT", "LONG", **_levels(BITCOIN))
    stack.advance(CANDLE_SECONDS)
    moved: dict[str, object] = {
        "kind": "MOVE_SL",
        "new_stop": round(ETHER * 0.985, 1),
        "reason": "the last swing low",
        **dict.fromkeys(("distance_pct", "target_id")),
        "new_targets": [],
    }
    say(stack, "ETHUSDT", "MODIFY", modifications=[moved])
    say(stack, "BTCUSDT", "CLOSE")
    stack.advance(CANDLE_SECONDS)


def have_a_strategy_tested(stack: RunningStack) -> None:
    """Have the condor tested twice over made-up markets, once with a sweep, and wait for both."""
    strategies = cast("list[dict[str, Any]]", stack.call("GET", "/strategies")["items"])
    condor = next(one["id"] for one in strategies if one["underlying"] == "SPY")
    half_a_year = {"strategy": condor, "from": "2025-01-21", "to": "2025-07-18", "seed": 7}
    sweep = {"short_delta": [0.1, 0.16, 0.22], "stop_pct": [100, 200, 300]}
    for body in ({**half_a_year, "seed": 8}, {**half_a_year, "sweep": sweep}):
        asked = stack.call("POST", "/backtests", body)
        until = time.monotonic() + BACKTEST_SECONDS_MAX
        while stack.call("GET", f"/backtests/{asked['id']}")["status"] in {"queued", "running"}:
            if time.monotonic() > until:
                raise StackFailed("a backtest did not end")
            time.sleep(0.5)


def ask_again(stack: RunningStack) -> None:
    """Have an entry wait for a word, with its whole time before it."""
    say(stack, "SOLUSDT", "LONG", **_levels(SOL))
    stack.advance(CANDLE_SECONDS)


def _levels(price: float) -> dict[str, object]:
    targets = [{"price": round(price * part, 1), "share": 0.5} for part in (1.03, 1.06)]
    return {"stop_loss": round(price * 0.975, 1), "take_profits": targets, "risk_reward": 2.1}


def say(stack: RunningStack, symbol: str, word: str, **fields: Any) -> None:  # Any: JSON
    """Have the model answer with this when it is asked next about a pair."""
    said: Mapping[str, object] = {"decision": word, "confidence": 0.82, "reasoning": _WORDS}
    content = {**said, **_NOTHING_MORE, "take_profits": [], "modifications": [], **fields}
    body = {"answers": [{"match": {"symbol": symbol}, "content": content}]}
    call_json("POST", f"{stack.control_url}/vendors/openrouter/answers", body)


def at(address: str, shown: str, *clicks: str) -> "Callable[[Page], None]":
    """Open a view by its address, wait for what it shows, then press."""

    def reach(page: "Page") -> None:
        page.evaluate("address => { location.hash = address }", address)
        page.locator(shown).first.wait_for(timeout=WAIT_MS)
        for press in clicks:
            page.locator(press).first.click()

    return reach


def open_chart(page: "Page") -> None:
    """A position's chart, its levels to be dragged."""
    at("#/trading", ".spark")(page)
    page.get_by_role("button", name="Chart and history").first.click()
    page.locator(".time-chart canvas").first.wait_for()


def ask_for_live(page: "Page") -> None:
    """What trading live needs."""
    at("#/trading?part=traders", "[data-trader]")(page)
    press = page.get_by_role("button", name="Live…").first
    if press.is_visible():  # a phone does not configure
        press.click()


def ask_to_stop(page: "Page") -> None:
    """The question before everything is closed."""
    at("#/desk?part=controls", ".ages")(page)
    page.get_by_role("button", name=re.compile("^Hard stop")).click()


def mark_the_choice(page: "Page") -> None:
    """The chain with what the first strategy would choose, on the expiry that it would choose."""
    at("#/desk?part=chain", ".chain-view")(page)
    page.get_by_label("Mark the choice of").select_option(index=1)
    page.get_by_role("button", name="Show that expiry").or_(page.locator(".chain-mark")).first.wait_for()
    show = page.get_by_role("button", name="Show that expiry")
    if show.count():
        show.click()
    page.locator(".chain-mark").first.wait_for()


def open_a_backtest(page: "Page") -> None:
    """The newest run, its first trade unfolded."""
    at("#/backtests", ".run", ".run a")(page)
    page.locator(".time-chart canvas").first.wait_for(timeout=WAIT_MS)
    page.locator(".heat-table").wait_for(timeout=WAIT_MS)
    page.locator(".tested-line").first.click()
    page.locator(".tested-detail .payoff").wait_for(timeout=WAIT_MS)


def compare_backtests(page: "Page") -> None:
    """The newest run beside the one before."""
    at("#/backtests", ".run", ".run a")(page)
    page.get_by_label("Compare with").select_option(index=1)
    page.locator(".compare").first.wait_for(timeout=WAIT_MS)


SYSTEMS: Final = (
    Scene(username="bob", name="trading", reach=at("#/trading", ".spark"), is_whole_page=True),
    Scene(
        username="bob",
        name="trading-journal",
        reach=at("#/trading?part=journal", ".journal-item", ".journal-head"),
    ),
    Scene(username="bob", name="trading-chart", reach=open_chart, is_whole_page=True),
    Scene(
        username="bob",
        name="trading-performance",
        reach=at("#/trading?part=performance", ".calibration"),
        is_whole_page=True,
    ),
    Scene(username="bob", name="trading-live", reach=ask_for_live),
    Scene(username="bob", name="trading-traders", reach=at("#/trading?part=traders", "[data-trader]")),
    Scene(
        username="bob",
        name="trading-editor",
        reach=at("#/trading?part=traders&edit=new", ".trader-editor"),
        is_whole_page=True,
    ),
    Scene(username="bob", name="desk", reach=at("#/desk", ".desk-table .trade-row")),
    Scene(
        username="bob",
        name="desk-why",
        reach=at("#/desk?part=why", ".evaluation", ".evaluation-head"),
        is_whole_page=True,
        height_max=1_700,
    ),
    Scene(
        username="bob", name="desk-controls", reach=at("#/desk?part=controls", ".ages"), is_whole_page=True
    ),
    Scene(username="bob", name="desk-stop", reach=ask_to_stop),
    Scene(
        username="bob",
        name="desk-builder",
        reach=at("#/desk?build=new", ".builder-verdict"),
        is_whole_page=True,
    ),
    Scene(username="bob", name="desk-chain", reach=mark_the_choice, is_whole_page=True),
    Scene(username="bob", name="risk", reach=at("#/risk", ".surface"), is_whole_page=True),
    Scene(username="bob", name="backtests", reach=at("#/backtests", ".run")),
    Scene(username="bob", name="backtest-form", reach=at("#/backtests?test=new", ".backtest-form")),
    Scene(
        username="bob", name="backtest-result", reach=open_a_backtest, is_whole_page=True, height_max=2_200
    ),
    Scene(username="bob", name="backtest-compare", reach=compare_backtests, is_whole_page=True),
    Scene(username="bob", name="shadow", reach=at("#/backtests?part=shadow", ".shadow .empty")),
)
