"""C-11 on the page: a trader is made, asks, enters, wants to change its levels, and is stopped."""

import re
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack, call_json
from tests.page.steps import FILL_MS_MAX, sign_in, wake
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow

NAME: Final = "Sol asks first"
CANDLE_SECONDS: Final = 300
#: What one costs in dollars when all begins.
PRICE: Final = 200.0
#: Fields that an answer has to have, whatever it says.
NOTHING_MORE: Final = dict.fromkeys(
    (
        *("entry_price", "quantity", "stop_loss", "exit_price", "partial_quantity", "risk_reward"),
        *("max_risk_pct", "expected_holding_minutes"),
    )
)
NOT_ADVICE: Final = "Not financial advice. Trading involves risk of loss."
NOT_LIVE: Final = "Paper results may differ from live."


def says(stack: Stack, word: str, **fields: Any) -> None:  # Any: JSON
    """Have the model answer with this at the next candle."""
    said = {"decision": word, "confidence": 0.8, "reasoning": f"Because of {word}.", **NOTHING_MORE}
    content = {**said, "take_profits": [], "modifications": [], **fields}
    answers = {"answers": [{"match": {"symbol": "SOLUSDT"}, "content": content}]}
    call_json("POST", f"{stack.control_url}/vendors/openrouter/answers", answers)


def next_candle(page: Page, stack: Stack) -> None:
    """Live on to the next close of a candle, and come back to the page."""
    stack.advance(CANDLE_SECONDS)
    wake(page)


def make_a_trader(page: Page) -> None:
    """Switch traders on, and make one by the page; what the server does not take stands at its field."""
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("switch", name=re.compile("^AI traders")).click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Trading").click()
    expect(page.locator(".trading-note")).to_contain_text(f"{NOT_ADVICE} {NOT_LIVE}", timeout=FILL_MS_MAX)
    page.get_by_role("link", name="Make the first trader").click()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Pairs").fill("SOLUSDT")
    page.get_by_label("Candles").select_option("5m")
    page.get_by_label("Rule 1, left", exact=True).select_option("price")
    page.get_by_label("Rule 1, right", exact=True).select_option("number")
    page.get_by_label("Rule 1, right, value").fill("1")
    page.get_by_label("A change waits for my veto").fill("600")
    page.get_by_label("Confidence, at least").fill("7")
    page.get_by_role("switch", name="On as soon as it is saved").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error")).to_have_count(1, timeout=FILL_MS_MAX)
    page.evaluate("scrollTo(0, 0)")
    assert faults_in_both_themes(page) == []
    page.get_by_label("Confidence, at least").fill("0.7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("article", name=NAME)).to_contain_text("after your yes", timeout=FILL_MS_MAX)
    page.get_by_role("navigation", name="Trading").get_by_role("link", name="Active positions").click()


def execute_what_waits(page: Page, stack: Stack) -> Locator:
    """Say yes to half of what is offered; answers the card of the position."""
    targets = [
        {"price": round(PRICE * 1.03, 1), "share": 0.5},
        {"price": round(PRICE * 1.06, 1), "share": 0.5},
    ]
    says(stack, "LONG", stop_loss=round(PRICE * 0.975, 1), take_profits=targets, risk_reward=2)
    next_candle(page, stack)
    card = page.get_by_role("article", name="Decision: SOLUSDT long")
    expect(card.get_by_role("button", name="Execute")).to_be_visible(timeout=FILL_MS_MAX)
    expect(card).to_contain_text(f"{NOT_ADVICE} {NOT_LIVE}", timeout=FILL_MS_MAX)
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"\d:\d\d"), timeout=FILL_MS_MAX)
    card.get_by_text(re.compile(r"Rules: \d+ of \d+ hold")).click()
    expect(card.get_by_role("row", name=re.compile("Risk of the trade"))).to_be_visible(timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    card.get_by_role("button", name="Adjust…").click()
    card.get_by_label("Quantity").fill("0.1")
    card.get_by_role("button", name="Execute as adjusted").click()
    expect(page.locator(".toasts")).to_contain_text("carried out", timeout=FILL_MS_MAX)
    held = page.get_by_role("article", name="SOLUSDT, long")
    expect(held).to_contain_text("0.1 bought", timeout=FILL_MS_MAX)
    return held


def lose_the_server(page: Page) -> None:
    """What was read stays, and says so; the next reading that works takes the word back."""
    page.route("**/api/traders?*", lambda route: route.abort())
    wake(page)
    stale = page.get_by_role("alert").filter(has_text="Below is what was read before.")
    expect(stale).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.locator("article[data-trade]")).to_be_visible()
    assert find_accessibility_faults(page) == []
    page.unroute("**/api/traders?*")
    stale.get_by_role("button", name="Try again").click()
    expect(stale).to_have_count(0, timeout=FILL_MS_MAX)


def veto_then_apply(page: Page, small: Page, stack: Stack, card: Locator) -> None:
    """A change counts down: one is vetoed and changes nothing, the next is carried out at once."""
    first, second = round(PRICE * 0.98, 1), round(PRICE * 0.985, 1)
    says(stack, "MODIFY", modifications=[moved_to(first)])
    next_candle(page, stack)
    wanted = card.locator(".trading-wanted")
    expect(wanted).to_contain_text(f"{first:,.2f}", timeout=FILL_MS_MAX)
    expect(wanted.get_by_role("timer")).to_have_text(re.compile(r"\d:\d\d"), timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    wanted.get_by_role("button", name="Veto").click()
    expect(wanted).to_have_count(0, timeout=FILL_MS_MAX)
    listed = stack.call("GET", "/trades?originator=AI&status=OPEN")["items"]
    (trade,) = cast("list[dict[str, Any]]", listed)
    assert trade["sl_price"] == trade["initial_sl"]

    says(stack, "MODIFY", modifications=[moved_to(second)])
    next_candle(page, stack)
    sign_in(small, stack)
    small.goto(f"{stack.site_url}/#/trading")
    late = small.locator(".trading-wanted").get_by_role("button", name="Veto")
    expect(late).to_be_visible(timeout=FILL_MS_MAX)
    wanted.get_by_role("button", name="Apply now").click(timeout=FILL_MS_MAX)
    expect(wanted).to_have_count(0, timeout=FILL_MS_MAX)
    late.click()  # the other device comes too late, is told so, and sees what is
    expect(small.locator(".toasts")).to_contain_text("changed meanwhile", timeout=FILL_MS_MAX)
    expect(small.locator(".trading-wanted")).to_have_count(0, timeout=FILL_MS_MAX)
    expect(card).to_contain_text(f"was {trade['initial_sl']:,.2f}, moved", timeout=FILL_MS_MAX)
    expect(card.locator(".trading-last")).to_contain_text("Because of MODIFY.", timeout=FILL_MS_MAX)


def moved_to(stop: float) -> dict[str, object]:
    """A stop that the model wants moved."""
    nothing: dict[str, object] = {"distance_pct": None, "target_id": None, "new_targets": []}
    return {"kind": "MOVE_SL", "new_stop": stop, "reason": "the swing low", **nothing}


def hear_prices(page: Page, stack: Stack, card: Locator) -> None:
    """C-10: within a second of a price the P&L has moved, by the exchange's stream alone."""
    expect(page.locator(".price-source")).to_have_text("Live prices from Binance's public stream.")
    before = card.locator("[data-live-pnl]").inner_text()
    stack.set_price("SOLUSDT", PRICE * 1.01)
    expect(card.locator("[data-live-pnl]")).not_to_have_text(before, timeout=1_500)  # no poll comes this soon
    price = card.locator("[data-heard]")
    expect(price).to_have_attribute("title", re.compile("^Binance's stream, "))
    page.context.set_offline(True)
    expect(page.locator(".price-source")).to_have_text("")
    expect(card.get_by_role("button", name="Close")).to_be_disabled()
    assert find_accessibility_faults(page) == []
    page.context.set_offline(False)
    expect(page.locator(".price-source")).to_contain_text("Live prices from", timeout=FILL_MS_MAX)
    stack.set_price("SOLUSDT", PRICE)


def move_levels_in_the_chart(page: Page, card: Locator) -> None:
    """C-11: by keys and by dragging, and nothing counts before the question is answered."""
    card.get_by_role("button", name="Chart and history").click()
    stop = card.get_by_role("slider", name="Stop")
    expect(stop).to_be_visible(timeout=FILL_MS_MAX)
    before = float(stop.get_attribute("aria-valuenow") or "")
    stop.focus()
    stop.press("ArrowUp")
    stop.press("Enter")
    question = page.get_by_role("dialog", name="Move the stop of SOLUSDT?")
    assert faults_in_both_themes(page) == []
    question.get_by_role("button", name="Leave it at").click()
    expect(stop).to_have_attribute("aria-valuenow", str(before).removesuffix(".0"))
    target = card.get_by_role("slider", name="Target 1")
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 22, steps=3)
    page.mouse.up()
    page.get_by_role("dialog").get_by_role("button", name="Leave it at").click()
    stop.press("PageUp")
    stop.press("Enter")
    question.get_by_role("button", name="Move it to").click()
    expect(question).to_have_count(0, timeout=FILL_MS_MAX)
    expect(stop).to_have_attribute("aria-valuenow", str(before + 1).removesuffix(".0"), timeout=FILL_MS_MAX)
    card.get_by_role("button", name="Hide chart and history").click()


def read_the_journal(page: Page, stack: Stack) -> None:
    """What was refused names the rules that failed, those first."""
    says(stack, "MODIFY", modifications=[moved_to(round(PRICE * 0.9, 1))])
    next_candle(page, stack)
    page.get_by_role("navigation", name="Trading").get_by_role("link", name="Decision journal").click()
    page.get_by_label("Outcome").select_option("VALIDATION_FAILED")
    first = page.locator(".journal-item").first
    expect(first).to_contain_text("Stop only tighter", timeout=FILL_MS_MAX)
    first.get_by_role("button").first.click()
    expect(first.locator(".constraints tbody tr").first).to_contain_text(
        "Stop only tighter", timeout=FILL_MS_MAX
    )
    first.get_by_role("button", name="What the model was told, and its answer").click()
    expect(first.locator(".journal-raw")).to_contain_text("MODIFY", timeout=FILL_MS_MAX)
    assert "outcome=VALIDATION_FAILED" in page.url
    assert faults_in_both_themes(page) == []


def ask_for_live(page: Page, trader: Locator) -> None:
    """C-08, C-11: the disclaimer first, then what is missing in words; it stays on paper."""
    trader.get_by_role("button", name="Webhook…").click()
    hook = page.get_by_role("dialog")
    hook.get_by_role("button", name="Make a new secret").click()
    expect(hook.get_by_role("status")).to_contain_text("Shown this once", timeout=FILL_MS_MAX)
    expect(hook.locator("code")).to_have_count(2)
    hook.get_by_role("button", name="Done").click()
    trader.get_by_role("button", name="Live…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(NOT_ADVICE, timeout=FILL_MS_MAX)
    expect(dialog.get_by_role("button", name="Switch live on")).to_be_disabled()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Switch live on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("50 closed paper trades", timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []
    dialog.get_by_role("button", name="Stay on paper").click()
    expect(trader.locator(".chip").first).to_have_text("Paper")


def read_what_came_of_it(page: Page, stack: Stack) -> None:
    """C-09: closed trades with their R, confidence against outcome, a replay's variants side by side."""
    tabs = page.get_by_role("navigation", name="Trading")
    tabs.get_by_role("link", name="Closed").click()
    row = page.get_by_role("table", name="Closed by traders").locator(".trade-row")
    expect(row).to_contain_text("SOLUSDT", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-pnl")).to_have_text(re.compile(r"R$"))
    tabs.get_by_role("link", name="Performance").click()
    expect(page.get_by_role("heading", name=re.compile("Paper · all traders"))).to_be_visible(
        timeout=FILL_MS_MAX
    )
    of_trader = page.get_by_role("table", name="By trader").get_by_role("row", name=re.compile(NAME))
    expect(of_trader).to_contain_text("R", timeout=FILL_MS_MAX)
    calibrated = page.get_by_role("table", name="Won by stated confidence")
    expect(calibrated.get_by_role("row", name=re.compile("80%"))).to_be_visible()
    by_end = page.get_by_role("table", name="AI against rules")
    expect(by_end.get_by_role("row", name=re.compile("person")).get_by_role("cell").first).to_have_text("1")
    page.get_by_role("button", name="New replay").click()
    page.get_by_label("Name").fill("Wider")
    page.get_by_label("Stop from the entry").fill("wide")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.locator(".replays").get_by_role("alert")).to_contain_text("stop", timeout=FILL_MS_MAX)
    page.get_by_label("Stop from the entry").fill("5")
    page.get_by_label("Targets", exact=True).fill("3 × 50, 6 × 50")
    assert faults_in_both_themes(page) == []
    page.get_by_role("button", name="Replay", exact=True).click()
    stack.advance(1)
    wider = page.get_by_role("table", name="Variants side by side")
    expect(wider.get_by_role("columnheader", name=re.compile("Wider"))).to_contain_text(
        "stop from the entry 5%; targets 3% × 50, 6% × 50", timeout=FILL_MS_MAX
    )
    expect(wider.get_by_role("columnheader", name=re.compile("As it was"))).to_be_visible()
    assert faults_in_both_themes(page) == []


def test_a_trader_asks_enters_changes_and_is_stopped(stack: Stack, desktop: Screen, phone: Screen) -> None:
    """By the page alone, while the model says what it is told to; then what a phone shows of it."""
    page = desktop.page
    sign_in(page, stack)
    make_a_trader(page)
    stack.set_price("SOLUSDT", PRICE)
    card = execute_what_waits(page, stack)
    veto_then_apply(page, phone.page, stack, card)
    lose_the_server(page)
    hear_prices(page, stack, card)
    move_levels_in_the_chart(page, card)
    card.get_by_role("button", name="Pause AI").click()
    expect(card).to_contain_text("AI paused", timeout=FILL_MS_MAX)
    card.get_by_role("button", name="Resume AI").click()
    expect(card.get_by_role("button", name="Pause AI")).to_be_visible(timeout=FILL_MS_MAX)
    read_the_journal(page, stack)

    small = phone.page
    expect(small.get_by_role("article", name="SOLUSDT, long")).to_be_visible(timeout=FILL_MS_MAX)
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    small.get_by_role("navigation", name="Trading").get_by_role("link", name="Traders").click()
    expect(small.get_by_role("button", name=f"Edit {NAME}")).to_be_hidden()  # that is for wide screens

    page.get_by_role("navigation", name="Trading").get_by_role("link", name="Traders").click()
    trader = page.get_by_role("article", name=NAME)
    trader.get_by_role("button", name="Try…").click()
    expect(page.get_by_role("dialog")).to_contain_text("would be", timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []
    page.get_by_role("button", name="Done").click()
    ask_for_live(page, trader)
    trader.get_by_role("button", name="Close all…").click()
    page.get_by_role("dialog").get_by_role("button", name="Close all").click()
    expect(trader).to_contain_text("0 of 3", timeout=FILL_MS_MAX)
    trader.get_by_role("switch").click()
    expect(trader.locator(".panel-head .chip").last).to_have_text("Off", timeout=FILL_MS_MAX)
    (told,) = cast("list[dict[str, Any]]", stack.call("GET", "/traders")["items"])
    assert told["state"] == "OFF"
    read_what_came_of_it(page, stack)
    assert desktop.faults == phone.faults == []


def told_live(page: Page) -> None:
    """Have the page be told that its trader is live: the stack has no live account of coins."""

    def answer(route: Route) -> None:
        told = cast("dict[str, Any]", route.fetch().json())
        for each in told["items"]:
            each["trading"]["mode"] = "live"
        route.fulfill(json=told)

    page.route("**/api/traders?*", answer)
    wake(page)


def test_paper_testnet_and_real_money_are_never_mistaken(bob: Stack, desktop: Screen) -> None:
    """C-01, C-08, C-11, C-13: where it trades is chosen and said; live has its cap and its end."""
    page = desktop.page
    bob.call("POST", "/traders", {"name": "Wanderer", "symbols": ["ETHUSDT"], "timeframe": "1h"})
    sign_in(page, bob)
    page.goto(f"{bob.site_url}/#/trading?part=traders")
    card = page.get_by_role("article", name="Wanderer")
    chip = card.locator(".chip").first
    expect(chip).to_have_text("Paper", timeout=FILL_MS_MAX)
    card.get_by_role("button", name="Edit Wanderer").click()
    note = page.locator(".trader-editor > .notice")
    expect(note).to_contain_text(f"Paper. {NOT_ADVICE} {NOT_LIVE}")
    page.get_by_label("Trades at").select_option("BINANCE")
    expect(note).to_contain_text(f"Binance's testnet: no real money. {NOT_ADVICE} {NOT_LIVE}")
    expect(page.locator(".trader-editor")).to_contain_text("not connected yet", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    page.get_by_role("button", name="Save").click()
    expect(chip).to_have_text("Testnet", timeout=FILL_MS_MAX)
    expect(card).to_contain_text("Binance's testnet, no real money")
    expect(page.get_by_text("Testnet balance")).to_be_visible()

    told_live(page)
    expect(chip).to_have_text("Live", timeout=FILL_MS_MAX)
    expect(page.locator(".trading-note")).to_contain_text("A trader is live: its orders use real money.")
    expect(page.locator(".trading-note")).not_to_contain_text(NOT_LIVE)
    assert faults_in_both_themes(page) == []
    card.get_by_role("button", name="Edit Wanderer").click()
    expect(note).to_contain_text("Live: its orders use real money.")
    expect(page.get_by_label("Trades at")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    card.get_by_role("button", name="Lift the cap…").click()
    dialog = page.get_by_role("dialog", name="Have Wanderer trade with real money without the cap?")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Lift the cap").click()
    missing = dialog.get_by_role("alert")
    expect(missing).to_contain_text("Not lifted. What is missing:", timeout=FILL_MS_MAX)
    expect(missing).to_contain_text("A live Binance account that is connected and switched on")
    assert find_accessibility_faults(page) == []
    dialog.get_by_role("button", name="Keep the cap").click()
    page.unroute("**/api/traders?*")
    card.get_by_role("button", name="Switch live off").click()
    expect(page.locator(".toasts")).to_contain_text("no longer live", timeout=FILL_MS_MAX)
    expect(chip).to_have_text("Testnet", timeout=FILL_MS_MAX)
    assert desktop.faults == []
