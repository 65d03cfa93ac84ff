"""How often the page asks (A-02): every 15 s in the session, every 30 minutes outside it, hidden never."""

import re

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, close, place_elsewhere, sign_in, wake

pytestmark = pytest.mark.slow

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
#: The last answer may still be on its way on a busy machine.
ANSWER_MS = 1_500
LATER = "2026-02-19T15:44:50-05:00"
LAST_SECONDS = "2026-02-19T15:59:50-05:00"
JUST_CLOSED = "2026-02-19T16:00:30-05:00"
EVENING = "2026-02-19T17:45:00-05:00"
AFTER_ALL_JOBS = "2026-02-19T17:50:00-05:00"


def count_list_readings(page: Page) -> list[int]:
    """The status of each answer to a reading of the open trades, as it comes."""
    statuses: list[int] = []

    def note(response: Response) -> None:
        if "/api/trades?status=OPEN" in response.url:
            statuses.append(response.status)

    page.on("response", note)
    return statuses


def set_hidden(page: Page, *, hidden: bool) -> None:
    """Tell the page that its tab went out of sight, or came back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def run_for(page: Page, milliseconds: int, *, step_ms: int) -> None:
    """Let the page's own clock run, with time for answers between the steps."""
    for _ in range(milliseconds // step_ms):
        page.clock.run_for(step_ms)
        page.wait_for_timeout(60)


def test_the_page_asks_every_15_s_in_the_session_and_an_unchanged_list_costs_a_304(
    stack: Stack, desktop: Screen
) -> None:
    """Nothing moves on a clock that stands still, so every reading after the first is a 304."""
    page = desktop.page
    page.clock.install()
    sign_in(page, stack)
    page.wait_for_timeout(500)
    statuses = count_list_readings(page)

    run_for(page, MINUTE_MS, step_ms=SECOND_MS)
    page.wait_for_timeout(ANSWER_MS)
    assert statuses == [304] * 4

    set_hidden(page, hidden=True)
    run_for(page, 10 * MINUTE_MS, step_ms=MINUTE_MS)
    assert statuses == [304] * 4

    set_hidden(page, hidden=False)
    page.wait_for_timeout(ANSWER_MS)
    assert statuses == [304] * 5
    assert desktop.faults == []


def test_a_market_day_is_watched_to_its_end(day_stack: Stack, desktop: Screen) -> None:
    """Marks move, the market closes, what is asked then waits and can be withdrawn, what expires is told."""
    page = desktop.page
    expiring = place_elsewhere(day_stack, ticker="SPY", expiry_index=0, stop_part=None, target_part=None)
    staying = place_elsewhere(day_stack, ticker="MSFT", stop_part="0.1", target_part="9")
    sign_in(page, day_stack)
    today = page.locator(f'.trade-row[data-trade="{expiring}"]')
    later = page.locator(f'.trade-row[data-trade="{staying}"]')
    mark = later.locator(".cell-mark").inner_text(timeout=FILL_MS_MAX)
    day_stack.advance_to(LATER)
    wake(page)
    expect(later.locator(".cell-mark")).not_to_have_text(mark, timeout=FILL_MS_MAX)
    expect(later.locator(".cell-mark")).to_contain_text("15:44:40")

    day_stack.advance_to(LAST_SECONDS)
    wake(page)
    expect(later.locator(".cell-mark")).to_contain_text("15:59:20", timeout=FILL_MS_MAX)
    day_stack.advance_to(JUST_CLOSED)
    wake(page)
    expect(page.get_by_text("opens Fri 09:30 ET")).to_be_visible(timeout=FILL_MS_MAX)
    ask_for_a_close_and_withdraw_it(page, later)
    ask_for_an_adjustment(later, page)

    # After a request the page looks three times more within 9 s. One of them would tell of the end while the
    # evening's jobs still run, and its message would have gone again before anybody looks for it here.
    set_hidden(page, hidden=True)
    day_stack.advance_to(EVENING)
    set_hidden(page, hidden=False)
    wake(page)
    expect(page.locator(".toasts")).to_contain_text(
        re.compile(r"SPY [\d.]+ call: expired"), timeout=FILL_MS_MAX
    )
    expect(today).to_have_count(0)
    expect(later.locator(".cell-state")).to_contain_text("Adjustment waiting")
    assert desktop.faults == []


def ask_for_a_close_and_withdraw_it(page: Page, row: Locator) -> None:
    """Outside the session a close is a request, shown on the row (A-03, A-04)."""
    close(page, row, ticker="MSFT")
    expect(page.locator(".toasts")).to_contain_text("waits for the market to open", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-state")).to_contain_text("Close waiting")
    row.get_by_role("button", name=re.compile("^Withdraw")).click()
    expect(row.locator(".cell-state")).not_to_contain_text("Close waiting", timeout=FILL_MS_MAX)


def ask_for_an_adjustment(row: Locator, page: Page) -> None:
    """So is an adjustment."""
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form = page.get_by_role("form", name=re.compile("^Adjust"))
    expect(form).to_contain_text("The market is closed.")
    form.get_by_role("button", name="Remove target").click()
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(row.locator(".cell-state")).to_contain_text("Adjustment waiting", timeout=FILL_MS_MAX)


def test_outside_the_session_the_page_asks_every_30_minutes(day_stack: Stack, desktop: Screen) -> None:
    """A database that sleeps when idle is let sleep."""
    day_stack.advance_to(AFTER_ALL_JOBS)
    page = desktop.page
    page.clock.install()
    sign_in(page, day_stack, is_market_open=False)
    expect(page.get_by_text("opens Fri 09:30 ET")).to_be_visible(timeout=FILL_MS_MAX)
    page.wait_for_timeout(500)
    statuses = count_list_readings(page)

    run_for(page, 29 * MINUTE_MS, step_ms=MINUTE_MS)
    assert statuses == []

    run_for(page, 2 * MINUTE_MS, step_ms=MINUTE_MS)
    page.wait_for_timeout(ANSWER_MS)
    assert statuses == [304]
    assert desktop.faults == []
