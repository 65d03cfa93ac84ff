"""W-01 to W-04 on the page: several legs from the live chain to the row that unfolds into them."""

import json
import re
from typing import Any, cast

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in, wake
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow

TICKER = "SPY"
#: About two weeks out: every strike is quoted on both sides. No contract is both held and sold at the broker.
EXPIRY, ANOTHER_EXPIRY = 8, 9


def open_shape(page: Page, shape: str, *, ticker: str = TICKER, expiry: int = EXPIRY) -> None:
    """Open the ticket on a shape of a ticker's options; its legs stand there afterwards, if it has any."""
    page.get_by_role("button", name="New trade").first.click()
    page.get_by_label("Symbol").fill(ticker)
    page.get_by_label("Symbol").press("Enter")
    expect(page.locator(".chain-scroll tr[data-at-money]").first).to_be_visible(timeout=FILL_MS_MAX)
    page.locator("select[name=expiry]").select_option(index=expiry)
    page.locator("select[name=shape]").select_option(shape)


def press(page: Page, *keys: str) -> None:
    """Press these keys, one after another."""
    for key in keys:
        page.keyboard.press(key)


def open_at_the_natural_price(page: Page, stack: Stack, name: str, *, qty: int = 1) -> Locator:
    """Send the order that stands in the ticket at what fills at once; answers its row."""
    page.locator(".net-slider input").press("End")
    expect(page.locator(".preview-figures")).to_contain_text("Worst case", timeout=FILL_MS_MAX)
    page.get_by_role("button", name=re.compile(f"^Open {qty} ")).click()
    row = page.locator(".trade-row").filter(has_text=name).first
    expect(row).to_be_visible(timeout=FILL_MS_MAX)
    stack.advance(120)
    wake(page)
    expect(row.locator(".cell-state")).to_have_text(re.compile("Open$"), timeout=FILL_MS_MAX)
    return row


def test_a_vertical_is_built_priced_sent_and_unfolded_into_its_legs(stack: Stack, desktop: Screen) -> None:
    """W-02: signed prices said in words; the row is called by its structure, its legs have marks."""
    page = desktop.page
    sign_in(page, stack)
    open_shape(page, "VERTICAL")
    expect(page.locator(".leg")).to_have_count(2)
    expect(page.locator(".quote-line").first).to_contain_text(re.compile(r"Natural credit \d"))
    expect(page.locator(".payoff svg")).to_have_attribute(
        "aria-label", re.compile("wins at most .* loses at most")
    )
    for figure in ("Credit", "Max profit", "Chance of profit", "Break-even", "Set aside"):
        expect(page.locator(".preview-figures")).to_contain_text(figure)
    assert faults_in_both_themes(page) == []

    row = open_at_the_natural_price(page, stack, "Vertical")
    page.get_by_role("button", name="Close the ticket").click()
    expect(row.locator(".cell-entry")).to_contain_text(re.compile(r"−\d+\.\d\d\s*credit"))
    expect(row.locator(".cell-pnl")).to_contain_text("of risk")
    row.get_by_role("button", name="Show detail").click()
    legs = page.locator(".legs-table tbody tr")
    expect(legs).to_have_count(2, timeout=FILL_MS_MAX)
    expect(legs.first).to_contain_text(re.compile(r"Short \d+ P\s*−1"))
    expect(legs.first.locator("td").nth(4)).to_have_text(re.compile(r"^\+\d"))
    expect(page.locator(".legs-table tfoot")).to_contain_text("In sum")
    assert faults_in_both_themes(page) == []
    assert desktop.faults == []


def test_strikes_are_picked_by_hand_with_keys_and_a_refusal_stands_at_the_legs(
    stack: Stack, desktop: Screen
) -> None:
    """W-03: a bid sells, an ask buys, the same touch takes it away; endless loss is refused."""
    page = desktop.page
    sign_in(page, stack)
    open_shape(page, "OWN")
    money = page.locator(".chain-both tr[data-at-money]")
    money.get_by_role("button", name=re.compile(r"^Sell the .* call")).focus()
    press(page, "Enter", *["ArrowRight"] * 3, "Enter")
    expect(page.locator(".leg")).to_have_count(2)
    expect(page.get_by_text("The loss of these legs has no limit")).to_be_visible(timeout=FILL_MS_MAX)

    press(page, "Enter", *["ArrowLeft"] * 2, *["ArrowDown"] * 3, "Enter")
    expect(page.locator(".leg")).to_have_count(2)
    expect(page.get_by_text("The loss of these legs has no limit")).to_have_count(0)
    expect(page.locator(".preview-figures")).to_contain_text("Worst case", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []

    press(page, "Enter")
    expect(page.locator(".leg")).to_have_count(1)
    assert desktop.faults == []


def test_a_limit_on_the_wrong_side_of_zero_and_too_much_are_told_with_their_figures(
    stack: Stack, desktop: Screen
) -> None:
    """A-07, W-03: the field's own fault at the field, a limit with value and allowance, nothing sent."""
    page = desktop.page
    sign_in(page, stack)
    open_shape(page, "VERTICAL")
    expect(page.locator(".preview-figures")).to_contain_text("Credit", timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Credit: make it a debit").click()
    expect(page.locator(".field").filter(has_text="Limit price")).to_contain_text(
        "can only lose", timeout=FILL_MS_MAX
    )
    page.get_by_role("button", name="Debit: make it a credit").click()
    page.get_by_label("Structures").fill("900")
    expect(page.locator(".preview")).to_contain_text(
        re.compile(r"would be .*; your limit is"), timeout=FILL_MS_MAX
    )
    expect(page.locator(".ticket-submit")).to_be_disabled()


def test_a_phone_trades_four_legs(stack: Stack, phone: Screen) -> None:
    """The same parts one under another; nothing scrolls sideways."""
    page = phone.page
    sign_in(page, stack)
    open_shape(page, "IRON_CONDOR", expiry=ANOTHER_EXPIRY)
    expect(page.locator(".leg")).to_have_count(4)
    expect(page.locator(".payoff svg")).to_be_visible(timeout=FILL_MS_MAX)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".ticket-body").evaluate("body => body.scrollWidth <= body.clientWidth")
    assert find_accessibility_faults(page) == []

    row = open_at_the_natural_price(page, stack, "Iron condor")
    row.get_by_role("button", name="Show detail").click()
    expect(page.locator(".legs-table tbody tr")).to_have_count(4, timeout=FILL_MS_MAX)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(page) == []
    assert phone.faults == []


def test_two_classes_of_an_index_that_expire_on_one_day_are_told_apart(stack: Stack, desktop: Screen) -> None:
    """W-05: the one that settles on the close is proposed; the other is named to the API in every leg."""
    page = desktop.page
    sign_in(page, stack)
    open_shape(page, "IRON_CONDOR", ticker="SPX", expiry=EXPIRY)
    expect(page.locator("select[name=root]")).to_have_count(0)

    page.locator("select[name=expiry]").select_option("2026-03-20")
    classes = page.locator("select[name=root]")
    expect(classes.locator("option")).to_have_text(["SPXW", "SPX"], timeout=FILL_MS_MAX)
    with page.expect_request("**/api/trades/preview") as asked:
        classes.select_option("SPX")
    body = json.loads(asked.value.post_data or "{}")
    assert [leg["root"] for leg in body["legs"]] == ["SPX"] * 4
    expect(page.locator(".preview-figures")).to_contain_text("Max profit", timeout=FILL_MS_MAX)


def test_a_part_of_a_structure_is_closed_then_the_rest(stack: Stack, desktop: Screen) -> None:
    """W-03: how many and the worst price are asked for; what makes no sense is told at its field."""
    page = desktop.page
    sign_in(page, stack)
    open_shape(page, "IRON_FLY", ticker="QQQ")
    expect(page.locator(".leg")).to_have_count(4)
    page.get_by_label("Structures").fill("2")
    row = open_at_the_natural_price(page, stack, "Iron fly", qty=2)
    page.get_by_role("button", name="Close the ticket").click()

    row.get_by_role("button", name=re.compile("^Close")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How many of 2").fill("1")
    dialog.get_by_label("Worst price").fill("+5")
    dialog.get_by_role("button", name="Close 1 of 2").click()
    expect(dialog).to_contain_text("is the sign right?", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []

    dialog.get_by_label("Worst price").fill("")
    dialog.get_by_role("button", name="Close 1 of 2").click()
    expect(page.locator(".toasts")).to_contain_text("Closed 1 of 2 QQQ", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-qty")).to_have_text(re.compile("^1 of 2$"))

    row.get_by_role("button", name=re.compile("^Close")).click()
    page.get_by_role("button", name="Close all legs").click()
    expect(page.locator(".trade-row").filter(has_text="Iron fly")).to_have_count(0, timeout=FILL_MS_MAX)
    page.get_by_role("link", name="Trade history").click()
    ended = page.locator(".trade-row").filter(has_text="Iron fly").first
    expect(ended.locator(".cell-entry")).to_have_text(re.compile("^−"))
    assert desktop.faults == []


def test_an_early_assignment_is_shown_for_what_it_is(day_stack: Stack, desktop: Screen) -> None:
    """W-05: shares that nobody asked for; no price of the whole stands beside the entry's any more."""
    trade = enter_put_spread(day_stack, qty=2)
    short = cast("list[dict[str, Any]]", trade["legs"])[0]["symbol"]
    day_stack.assign(short, 1)
    day_stack.advance_to("2026-02-20T10:05:00-05:00")
    day_stack.advance(120)

    page = desktop.page
    sign_in(page, day_stack)
    row = page.locator(".trade-row").first
    expect(row).to_contain_text("100 shares assigned", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-mark")).to_contain_text("by leg")
    row.get_by_role("button", name="Show detail").click()
    legs = page.locator(".legs-table tbody tr")
    expect(legs).to_have_count(3, timeout=FILL_MS_MAX)
    expect(legs.nth(0).locator("td").first).to_have_text("−1")
    expect(legs.nth(2)).to_contain_text(re.compile(r"Long shares\s*assigned\s*\+100"))
    row.get_by_role("button", name=re.compile("^Close")).click()
    expect(page.get_by_role("dialog")).to_contain_text("Its legs went their own way")
    assert faults_in_both_themes(page) == []


def enter_put_spread(stack: Stack, *, qty: int) -> dict[str, object]:
    """Sell the put above the money and buy one below, on another device, at what fills at once."""
    expiry = cast("list[str]", stack.call("GET", f"/market/expirations?symbol={TICKER}")["items"])[EXPIRY]
    chain = stack.call("GET", f"/market/chain?symbol={TICKER}&expiry={expiry}")
    spot = float(cast("float", chain["underlying_price"]))
    items = cast("list[dict[str, Any]]", chain["items"])
    puts = [each for each in items if each["option_type"] == "PUT"]
    sold = [each for each in puts if each["strike"] > spot][3]
    bought = [each for each in puts if each["strike"] < spot][-3]
    legs = [
        {"side": side, "option_type": "PUT", "strike": each["strike"], "expiry": expiry}
        for side, each in (("SHORT", sold), ("LONG", bought))
    ]
    price = round(bought["ask"] - sold["bid"], 2)
    order = {"ticker": TICKER, "legs": legs, "qty": qty, "order_type": "limit", "limit_price": price}
    return stack.call("POST", "/trades", order)
