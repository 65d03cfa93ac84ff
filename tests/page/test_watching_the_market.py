"""How often the page asks (A-02): every 15 s in the session, every 30 minutes outside it, hidden never."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in

pytestmark = pytest.mark.slow

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
EVENING = "2026-02-19T17:45:00-05:00"
NEXT_MORNING = "2026-02-20T09:40:00-05:00"


@pytest.fixture
def evening(stack: Stack) -> Iterator[Stack]:
    """The same stack after the day's last job; moved on to the next session afterwards."""
    stack.advance_to(EVENING)
    yield stack
    stack.advance_to(NEXT_MORNING)


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
    assert statuses == [304] * 4

    set_hidden(page, hidden=True)
    run_for(page, 10 * MINUTE_MS, step_ms=MINUTE_MS)
    assert statuses == [304] * 4

    set_hidden(page, hidden=False)
    page.wait_for_timeout(300)
    assert statuses == [304] * 5
    assert desktop.faults == []


def test_outside_the_session_the_page_asks_every_30_minutes(evening: Stack, desktop: Screen) -> None:
    """A database that sleeps when idle is let sleep."""
    page = desktop.page
    page.clock.install()
    sign_in(page, evening, is_market_open=False)
    expect(page.get_by_text("opens Fri 09:30 ET")).to_be_visible(timeout=FILL_MS_MAX)
    page.wait_for_timeout(500)
    statuses = count_list_readings(page)

    run_for(page, 29 * MINUTE_MS, step_ms=MINUTE_MS)
    assert statuses == []

    run_for(page, 2 * MINUTE_MS, step_ms=MINUTE_MS)
    assert statuses == [304]
    assert desktop.faults == []
