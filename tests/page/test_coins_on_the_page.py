"""Coins on the page: a part of one is as good a quantity as any, and whose price it is (W-01, A-03, C-06)."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, MINUTE_SECONDS, sign_in

pytestmark = pytest.mark.slow

BOUGHT = {
    "ticker": "BTCUSDT",
    "legs": [{"instrument": "CRYPTO", "side": "LONG"}],
    "qty": 0.012,
    "order_type": "market",
    "broker_mode": "PAPER",
}


def test_a_part_of_a_coin_is_closed_then_the_rest(stack: Stack, desktop: Screen) -> None:
    """A-03: a quantity with a fraction is taken, more than is held told at its field."""
    page = desktop.page
    stack.call("POST", "/trades", BOUGHT)
    sign_in(page, stack)
    row = page.locator(".trade-row").filter(has_text="BTCUSDT")
    expect(row.locator(".cell-qty")).to_have_text("0.012", timeout=FILL_MS_MAX)

    row.get_by_role("button", name=re.compile("^Close")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How many of 0.012").fill("0.013")
    expect(dialog).to_contain_text("Enter a quantity up to 0.012.")
    dialog.get_by_label("How many of 0.012").fill("0.005")
    dialog.get_by_role("button", name="Close 0.005 at market").click()
    expect(row.locator(".cell-qty")).to_have_text("0.007 of 0.012", timeout=FILL_MS_MAX)

    row.get_by_role("button", name=re.compile("^Close")).click()
    page.get_by_role("button", name="Close at market").click()
    expect(row).to_have_count(0, timeout=FILL_MS_MAX)


def test_a_price_that_is_not_the_exchanges_says_so(stack: Stack, desktop: Screen) -> None:
    """C-06: while Binance answers nothing, and no stream is heard, the mark names CoinGecko."""
    page = desktop.page
    page.add_init_script("window.WebSocket = class { constructor() { throw new Error('no stream'); } };")
    stack.call("POST", "/trades", BOUGHT)
    outage = {
        "vendor": "binance",
        "match": {"path": "klines"},
        "kind": "status",
        "code": 503,
        "times": 10_000,
    }
    mark = page.locator(".trade-row").filter(has_text="BTCUSDT").locator(".cell-mark")
    with stack.faulty(outage):
        stack.advance(2 * MINUTE_SECONDS)
        sign_in(page, stack)
        expect(mark).to_contain_text("CoinGecko", timeout=FILL_MS_MAX)
    stack.advance(2 * MINUTE_SECONDS)
    expect(mark).not_to_contain_text("CoinGecko", timeout=FILL_MS_MAX)
