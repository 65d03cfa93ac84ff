"""Two browsers as two devices of one user: changes meet, and news is told once on each (A-03, A-11)."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from tests.page.screen import Screen, open_screen
from tests.page.sounds import listen, sounds_of
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, MINUTE_SECONDS, close, open_menu, place_elsewhere, sign_in, wake

pytestmark = pytest.mark.slow

NO_LONGER: Final = "This trade was updated on another device"


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Screen]:
    """The first device, listened to."""
    with open_screen(browser, width=1280, height=800, is_phone=False) as screen:
        listen(screen.page.context)
        yield screen


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Screen]:
    """The second device, listened to."""
    with open_screen(browser, width=390, height=844, is_phone=True) as screen:
        listen(screen.page.context)
        yield screen


def test_a_trade_closed_on_one_device_cannot_be_closed_again_on_the_other(
    stack: Stack, laptop: Screen, telephone: Screen
) -> None:
    """A-11: the zombie's spinner goes, the toast says why, the list is read again, no error is shown."""
    trade_id = place_elsewhere(stack, ticker="MSFT")
    row = f'.trade-row[data-trade="{trade_id}"]'
    for screen in (laptop, telephone):
        sign_in(screen.page, stack)
        expect(screen.page.locator(row)).to_be_visible(timeout=FILL_MS_MAX)
    zombie = telephone.page.locator(row)
    zombie.get_by_role("button", name="Show detail").click()
    zombie.get_by_role("button", name=re.compile("^Close")).click()

    close(laptop.page, laptop.page.locator(row), ticker="MSFT")
    expect(laptop.page.locator(".toasts")).to_contain_text("Closed MSFT", timeout=FILL_MS_MAX)
    telephone.page.get_by_role("button", name="Close at market").click()

    expect(telephone.page.get_by_text(NO_LONGER)).to_be_visible(timeout=FILL_MS_MAX)
    expect(telephone.page.locator(row)).to_have_count(0, timeout=FILL_MS_MAX)
    expect(telephone.page.get_by_role("alert")).to_have_count(0)
    expect(telephone.page.locator(".spinner")).to_have_count(0)
    assert laptop.faults + telephone.faults == []


def test_a_stop_that_is_hit_is_heard_once_on_each_device(
    stack: Stack, laptop: Screen, telephone: Screen
) -> None:
    """A-03: a poll brings the news; a second tab of the same device stays silent, a muted device too."""
    trade_id = place_elsewhere(stack, ticker="TSLA", stop_part="0.8")
    row = f'.trade-row[data-trade="{trade_id}"]'
    second_tab = laptop.page.context.new_page()
    pages = [laptop.page, second_tab, telephone.page]
    sign_in(laptop.page, stack)
    second_tab.goto(stack.site_url)
    sign_in(telephone.page, stack)
    open_menu(telephone.page).get_by_role("switch", name="Mute sounds on this device").check()
    for page in pages:
        expect(page.locator(row)).to_be_visible(timeout=FILL_MS_MAX)

    fall(stack, trade_id)
    for page in pages:
        wake(page)
        expect(page.locator(row)).to_have_count(0, timeout=FILL_MS_MAX)
    expect(telephone.page.locator(".toasts")).to_contain_text(
        re.compile(r"TSLA [\d.]+ call: stop hit at [\d.]+, −\$"), timeout=FILL_MS_MAX
    )

    heard = sounds_of(laptop.page) + sounds_of(second_tab)
    assert heard == ["falling"]
    assert sounds_of(telephone.page) == []


def test_a_target_rings_and_a_close_pops(stack: Stack, laptop: Screen) -> None:
    """A-03: the cash register, and the pop of a close by hand."""
    page = laptop.page
    won = place_elsewhere(stack, ticker="NVDA", target_part="1.2")
    given_up = place_elsewhere(stack, ticker="MSFT")
    sign_in(page, stack)
    row = page.locator(f'.trade-row[data-trade="{given_up}"]')
    close(page, row, ticker="MSFT")
    expect(page.locator(".toasts")).to_contain_text("Closed MSFT", timeout=FILL_MS_MAX)

    rise(stack, won)
    wake(page)
    expect(page.locator(".toasts")).to_contain_text(
        re.compile(r"NVDA [\d.]+ call: target hit at [\d.]+, \+\$"), timeout=FILL_MS_MAX
    )
    page.wait_for_timeout(200)
    assert sounds_of(page) == ["pop", "register"]
    assert laptop.faults == []


def fall(stack: Stack, trade_id: str) -> None:
    """Move the market far under a call's strike, and let the broker's word arrive."""
    move(stack, trade_id, 0.9)


def rise(stack: Stack, trade_id: str) -> None:
    """Move the market far over a call's strike, and let the broker's word arrive."""
    move(stack, trade_id, 1.1)


def move(stack: Stack, trade_id: str, part: float) -> None:
    """Move the underlying to a part of a trade's strike."""
    trade = stack.call("GET", f"/trades/{trade_id}")
    stack.set_price(str(trade["ticker"]), round(float(str(trade["strike"])) * part, 2))
    stack.advance(2 * MINUTE_SECONDS)
