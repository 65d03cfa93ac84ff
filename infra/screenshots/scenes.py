"""The views and states of the page: how to come to each from a page that has just signed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.screenshots.structures import (
    ask_to_close_a_part,
    fill_structure,
    pick_legs,
    row_of,
    unfold_structure,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

LIST: Final = "**/api/trades?status=OPEN*"
SIGNED_IN: Final = re.compile(r"/api/(trades|me|alerts|account|session/refresh)")
WAIT_MS: Final = 15_000
#: Far enough out that an option costs what people pay.
FAR_EXPIRY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One image: its name, whose page it shows, and the steps that lead to it."""

    name: str
    reach: "Callable[[Page], None]"
    username: str = "alice"
    is_whole_page: bool = False
    height_max: int = 3_000
    #: Before the page is opened.
    prepare: "Callable[[Page], None] | None" = None


def stay(page: "Page") -> None:
    """The page as it stands after the sign-in."""
    page.locator(".trade-row, .empty h2").first.wait_for()


def unfold(page: "Page") -> None:
    """The first position's detail."""
    page.locator(".unfold").last.click()
    page.locator(".time-chart canvas").first.wait_for()


def adjust(page: "Page") -> None:
    """The form under a row."""
    row_of(page, "TSLA").get_by_role("button", name=re.compile("^Adjust")).click()


def ask_to_close(page: "Page") -> None:
    """The question before a close."""
    row_of(page, "TSLA").get_by_role("button", name=re.compile("^Close ")).click()


def fill_ticket(page: "Page") -> None:
    """An order that could be sent."""
    page.get_by_role("button", name="New trade").first.click()
    page.get_by_label("Symbol").fill("SPY")
    page.get_by_label("Symbol").press("Enter")
    page.locator("select[name=expiry]").select_option(index=FAR_EXPIRY)
    row = page.locator(".chain-scroll tr[data-at-money]")
    row.wait_for()
    row.get_by_role("radio").click()
    price = float(page.get_by_label("Limit price").input_value())
    page.get_by_role("textbox", name="Stop").fill(f"{price * 0.7:.1f}")
    page.get_by_role("textbox", name="Target").fill(f"{price * 1.6:.1f}")
    page.locator(".preview-figures").wait_for()


def overfill_ticket(page: "Page") -> None:
    """An order that a limit stands against."""
    fill_ticket(page)
    page.get_by_label("Contracts").fill("900")
    page.locator(".ticket .notice[data-tone=bad]").first.wait_for()


def go_offline(page: "Page") -> None:
    """No network."""
    stay(page)
    page.context.set_offline(True)
    page.locator(".ribbon").first.wait_for()


def lose_server(page: "Page") -> None:
    """A first reading that fails."""
    page.get_by_role("button", name="Try again").first.wait_for(timeout=WAIT_MS)


def break_list(page: "Page") -> None:
    """Have every reading of the list fail."""
    page.route(LIST, lambda route: route.abort())


def end_session(page: "Page") -> None:
    """Token and cookie are refused."""
    fill_ticket(page)
    refused = {"type": "/problems/unauthenticated", "title": "Sign in", "status": 401}
    page.route(SIGNED_IN, lambda route: route.fulfill(status=401, json=refused))
    page.get_by_role("button", name="Close the ticket").click()
    page.get_by_role("button", name="Refresh all").click()
    page.get_by_role("dialog", name="Sign in again").wait_for(timeout=WAIT_MS)


def pretend_live(page: "Page") -> None:
    """Settings as they read once live trading is switched on; nothing is switched on."""
    page.route("**/api/settings", answer_live)


def answer_live(route: "Route") -> None:
    """Answer the settings with the live mode in them."""
    answer = route.fetch()
    settings = answer.json()
    settings |= {"broker_mode": "TRADIER_LIVE", "tradier_live_token": {"set": True, "last4": "9f3c"}}
    route.fulfill(response=answer, json=settings)


def close_outside_the_session(page: "Page") -> None:
    """A close and an adjustment that wait for the open."""
    ask_to_close(page)
    page.get_by_role("button", name="Close at the open").click()
    page.get_by_text("Close waiting").first.wait_for(timeout=WAIT_MS)


def go_to(link: str, shown: str) -> "Callable[[Page], None]":
    """Follow a link of the page and wait for what it shows."""

    def reach(page: "Page") -> None:
        page.get_by_role("link", name=link).first.click()
        page.locator(shown).first.wait_for(timeout=WAIT_MS)

    return reach


def unfold_past(page: "Page") -> None:
    """The detail of a trade that ended the day before."""
    go_to("Trade history", ".trade-row")(page)
    page.locator(".trade-row").filter(has_text="MSFT").locator(".unfold").first.click()
    page.locator(".detail .facts").first.wait_for()


IN_SESSION: Final = (
    Scene(name="positions", reach=stay),
    Scene(name="detail", reach=unfold, is_whole_page=True),
    Scene(name="adjust", reach=adjust),
    Scene(name="close-question", reach=ask_to_close),
    Scene(name="ticket", reach=fill_ticket),
    Scene(name="ticket-limit", reach=overfill_ticket),
    Scene(name="ticket-structure", reach=fill_structure),
    Scene(name="ticket-legs", reach=pick_legs),
    Scene(name="structure-close", reach=ask_to_close_a_part),
    Scene(name="structure", reach=unfold_structure, is_whole_page=True, height_max=1_700),
    Scene(name="positions-live", reach=stay, prepare=pretend_live),
    Scene(name="positions-empty", reach=stay, username="bob"),
    Scene(name="offline", reach=go_offline),
    Scene(name="server-away", reach=lose_server, prepare=break_list),
    Scene(name="session-ended", reach=end_session),
    Scene(name="history", reach=go_to("Trade history", ".trade-row")),
    Scene(name="history-detail", reach=unfold_past, is_whole_page=True, height_max=1_500),
    Scene(name="history-empty", reach=go_to("Trade history", ".empty h2"), username="bob"),
    Scene(name="performance", reach=go_to("Performance", ".time-chart canvas"), is_whole_page=True),
    Scene(name="performance-empty", reach=go_to("Performance", ".empty h2"), username="bob"),
    Scene(name="activity", reach=go_to("Activity", ".event")),
    Scene(name="settings", reach=go_to("Settings", ".panel"), is_whole_page=True),
)
OUTSIDE_THE_SESSION: Final = (Scene(name="close-waiting", reach=close_outside_the_session),)
