"""Open positions as a tool: order, groups, sums, filters, columns; prices moved; what happened told."""

import re
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Page, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, MINUTE_SECONDS, open_menu, place_elsewhere, sign_in, wake

pytestmark = pytest.mark.slow

WIDE: Final = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def held(stack: Stack) -> dict[str, str]:
    """Three positions, one of them without a stop, and an order that waits far below the market."""
    trades = {
        "first": place_elsewhere(stack, ticker="SPY"),
        "bare": place_elsewhere(stack, ticker="MSFT", stop_part=None, target_part=None),
        "second": place_elsewhere(stack, ticker="SPY", expiry_index=5),
    }
    trade = stack.call("GET", f"/trades/{trades['bare']}")
    names = ("ticker", "option_type", "strike", "expiry")
    order = {name: trade[name] for name in names} | {"order_type": "limit", "limit_price": 0.05}
    waiting = stack.call("POST", "/trades", order)
    stack.advance(MINUTE_SECONDS)
    return trades | {"waiting": str(waiting["id"])}


def tickers(page: Page) -> list[str]:
    """The rows by their underlying, as they stand."""
    return cast(
        "list[str]", page.locator(".trade-row").evaluate_all("rows => rows.map(r => r.dataset.ticker)")
    )


def test_rows_are_ordered_grouped_and_summed_by_the_server(
    stack: Stack, desktop: Screen, held: dict[str, str]
) -> None:
    """Findings 12, 13, 30: what has no stop says so; how the table stands outlives a reload."""
    page = desktop.page
    sign_in(page, stack)
    expect(page.locator(".trade-row")).to_have_count(4, timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Contract").click()
    assert tickers(page) == ["MSFT", "MSFT", "SPY", "SPY"]

    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("button", name="Compact").click()
    sums = cast("dict[str, Any]", stack.call("GET", "/account?positions=true")["positions"])
    assert [group["ticker"] for group in sums["groups"]] == ["MSFT", "SPY"]
    expect(page.locator(".group-row")).to_have_count(2)
    expect(page.locator(".total-row .cell-delta")).to_have_text(
        re.compile(f"{sums['totals']['delta']:.1f}".replace(".", r"\."))
    )
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Underlying").check()
    expect(page.get_by_role("columnheader", name="Underlying")).to_be_visible()
    assert find_accessibility_faults(page) == []

    page.reload()
    expect(page.locator(".group-row")).to_have_count(2, timeout=FILL_MS_MAX)
    expect(page.get_by_role("columnheader", name="Contract")).to_have_attribute("aria-sort", "ascending")
    page.locator(".no-stop").click()
    expect(page.get_by_role("form", name=re.compile("^Adjust MSFT"))).to_be_visible()
    page.keyboard.press("Escape")
    assert desktop.faults == []


def test_filters_are_the_address_and_keys_go_from_row_to_row(
    stack: Stack, desktop: Screen, held: dict[str, str]
) -> None:
    """Findings 12 and 29: words and quick filters; a link shows the same; arrows, Esc and G work."""
    page = desktop.page
    sign_in(page, stack)
    expect(page.locator(".trade-row")).to_have_count(4, timeout=FILL_MS_MAX)
    page.keyboard.press("/")
    page.keyboard.type("spy")
    expect(page.locator(".trade-row")).to_have_count(2, timeout=FILL_MS_MAX)
    assert page.url.endswith("#/positions?q=spy")
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("link", name=re.compile("without a stop")).click()
    expect(page.locator(".trade-row")).to_have_count(1)
    assert page.url.endswith("#/positions?only=bare")
    page.get_by_role("button", name="Show all").click()

    page.locator(".unfold").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".unfold").nth(1)).to_be_focused()
    page.set_viewport_size(cast("Any", WIDE))
    page.keyboard.press("Enter")
    expect(page.locator(".pinned .detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    page.keyboard.press("Escape")
    expect(page.locator(".pinned")).to_have_count(0)

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Done").click()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.locator(".account-strip")).to_contain_text("Net liq")
    assert page.title().endswith("4 open · Settings · papertape")
    assert desktop.faults == []


def test_an_entry_is_repriced_a_close_rests_at_a_limit_and_all_of_it_is_told(
    stack: Stack, desktop: Screen, held: dict[str, str]
) -> None:
    """Findings 5, 14, 15, 38: cancel and replace; a limit beside the stop; by day with contract and price."""
    page = desktop.page
    sign_in(page, stack)
    row = page.locator(f'.trade-row[data-trade="{held["waiting"]}"]')
    row.get_by_role("button", name=re.compile("^Reprice")).click()
    form = page.get_by_role("form", name=re.compile("^Reprice"))
    expect(form).to_contain_text(re.compile(r"Bid \d.* Ask \d.* from the ask"), timeout=FILL_MS_MAX)
    form.get_by_label("Limit price").fill("0.10")
    form.get_by_role("button", name="Cancel and replace").click()
    expect(page.locator(".toasts")).to_contain_text("now at 0.10", timeout=FILL_MS_MAX)
    expect(row).to_have_count(0, timeout=FILL_MS_MAX)
    assert stack.call("GET", f"/trades/{held['waiting']}")["status"] == "CANCELED"

    first = page.locator(f'.trade-row[data-trade="{held["first"]}"]')
    first.get_by_role("button", name=re.compile("^Close")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"Bid \d.*All of it at once ≈"))
    dialog.get_by_text("At a limit").click()
    dialog.get_by_label("Limit price").fill("95.00")
    dialog.get_by_role("button", name="Close at 95.00").click()
    expect(first.locator(".cell-target > span:first-child")).to_have_text("95.00", timeout=FILL_MS_MAX)
    expect(first.locator(".cell-stop > span:first-child")).not_to_have_text("—")

    first.get_by_role("button", name=re.compile("^Close")).click()
    page.get_by_role("button", name="Close at market").click()
    told = re.compile(r"Closed SPY [\d.]+ call: sold 1 at \d+\.\d\d, [+−]\$\d")
    expect(page.locator(".toasts")).to_contain_text(told, timeout=FILL_MS_MAX)
    page.get_by_role("link", name=re.compile("Activity")).click()
    expect(page.locator(".event[data-kind=ended]").first).to_contain_text(
        re.compile(r"SPY [\d.]+ call: closed by you.*[+−]\$"), timeout=FILL_MS_MAX
    )
    expect(page.locator(".event[data-kind=opened]")).to_have_count(3)
    assert find_accessibility_faults(page) == []
    open_menu(page).get_by_text("Dark", exact=True).click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert find_accessibility_faults(page) == []
    assert desktop.faults == []


def test_several_ends_at_once_are_one_message_with_the_servers_sum(
    stack: Stack, desktop: Screen, held: dict[str, str]
) -> None:
    """Finding 5: more than two ends in one reading; the sum is what the history says of them."""
    ids = [place_elsewhere(stack, ticker=ticker, stop_part="0.8") for ticker in ("AAPL", "NVDA", "TSLA")]
    page = desktop.page
    sign_in(page, stack)
    expect(page.locator(f'.trade-row[data-trade="{ids[-1]}"]')).to_be_visible(timeout=FILL_MS_MAX)
    for trade_id in ids:
        trade = stack.call("GET", f"/trades/{trade_id}")
        stack.set_price(str(trade["ticker"]), round(float(str(trade["strike"])) * 0.9, 2))
    stack.advance(2 * MINUTE_SECONDS)
    wake(page)

    message = page.locator(".toast", has_text="3 positions ended")
    expect(message).to_contain_text(re.compile(r"3 positions ended, −\$[\d,]+\.\d\d"), timeout=FILL_MS_MAX)
    ended = cast("list[dict[str, Any]]", stack.call("GET", "/trades/history")["items"])
    result = sum(trade["realized_pnl"] for trade in ended if trade["id"] in ids)
    expect(message).to_contain_text(f"−${-result:,.2f}")
    message.get_by_role("link", name="Show").click()
    expect(page.get_by_role("heading", name="Activity")).to_be_visible(timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_levels_of_an_option_are_moved_in_its_chart(stack: Stack, desktop: Screen) -> None:
    """C-11 for options, too: the form leads to the chart, keys move a level, a yes alone makes it count."""
    page = desktop.page
    trade_id = place_elsewhere(stack, ticker="AMD")
    before = float(cast("float", stack.call("GET", f"/trades/{trade_id}")["sl_price"]))
    sign_in(page, stack)
    row = page.locator(f'.trade-row[data-trade="{trade_id}"]')
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    page.get_by_role("button", name="Drag them in the chart instead").click()
    stop = page.get_by_role("slider", name="Stop")
    expect(stop).to_be_visible(timeout=FILL_MS_MAX)
    stop.focus()
    stop.press("ArrowDown")
    expect(stop).to_have_attribute("aria-valuetext", re.compile("Enter asks$"))
    stop.press("Escape")
    stop.press("Enter")  # nothing is moved, nothing is asked
    expect(page.get_by_role("dialog")).to_have_count(0)
    stop.press("ArrowDown")
    stop.press("Enter")
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("loosens the stop")
    assert find_accessibility_faults(page) == []
    question.get_by_role("button", name="Move it to").click()
    expect(question).to_have_count(0, timeout=FILL_MS_MAX)
    expect(row.locator(".cell-stop")).not_to_contain_text(f"{before:.2f}", timeout=FILL_MS_MAX)
    trade = stack.call("GET", f"/trades/{trade_id}")
    after = float(cast("float", trade["sl_price"]))
    stack.call(
        "POST", f"/trades/{trade_id}/close", {"version": trade["version"]}
    )  # its neighbours count rows
    assert before - after == pytest.approx(0.05 if before < 3 else 0.1)
    assert desktop.faults == []
