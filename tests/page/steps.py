"""What a user does on the page, by the names that they see or hear."""

import re
from decimal import Decimal
from typing import Any, Final, cast

from playwright.sync_api import Locator, Page, expect

from tests.page.stack import Stack

TICKER: Final = "AAPL"
#: On every class's tick, and far from any price of a contract near the money.
STOP: Final = "0.50"
TARGET: Final = "90.00"
#: A placing call may wait for the broker; the list is read every 15 s.
FILL_MS_MAX: Final = 40_000
MINUTE_SECONDS: Final = 60
#: A page that was asked for less than this ago does not ask again when it comes into focus.
AWAY_MS_MIN: Final = 3_100


def sign_in(page: Page, stack: Stack, *, is_market_open: bool = True) -> None:
    """Open the page and sign in; the portfolio stands there afterwards.

    The clock is moved on first: the calls that a broker account allows in a minute come back with it alone.
    """
    stack.advance(MINUTE_SECONDS)
    page.goto(stack.site_url)
    page.get_by_label("Username").fill(stack.username)
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Open positions")).to_be_visible(timeout=FILL_MS_MAX)
    hours = page.get_by_text("Market open" if is_market_open else "Market closed")
    expect(hours).to_be_visible(timeout=FILL_MS_MAX)


def fill_ticket(page: Page) -> str:
    """Write an order for the first call above the money that pays its ask; answers the strike as shown."""
    page.get_by_role("button", name="New trade").first.click()
    symbol = page.get_by_label("Symbol")
    symbol.fill(TICKER)
    symbol.press("Enter")
    row = page.locator(".chain-scroll tr[data-at-money]")
    expect(row).to_be_visible(timeout=FILL_MS_MAX)
    ask = row.locator("td").nth(1).inner_text()
    strike = row.locator("th").inner_text().strip()
    row.get_by_role("radio").click()  # the chain folds to the strike that was chosen
    expect(page.get_by_label("Limit price")).not_to_have_value("")
    page.get_by_label("Limit price").fill(ask)
    page.get_by_role("textbox", name="Stop").fill(STOP)
    page.get_by_role("textbox", name="Target").fill(TARGET)
    expect(page.locator(".preview-figures")).to_contain_text("Worst case", timeout=FILL_MS_MAX)
    return strike


def place(page: Page, stack: Stack) -> Locator:
    """Place an order and see it filled; answers the row of the position."""
    strike = fill_ticket(page)
    page.get_by_role("button", name=re.compile("^Buy 1 ")).click()
    row = page.locator(".trade-row").filter(has_text=f"{TICKER} {strike} Call").first
    expect(row).to_be_visible(timeout=FILL_MS_MAX)
    if row.locator(".cell-state").inner_text() != "Open":
        stack.advance(2 * MINUTE_SECONDS)  # two syncs: whatever the placing call left over is taken up
        wake(page)
    expect(row.locator(".cell-state")).to_have_text(re.compile("Open$"), timeout=FILL_MS_MAX)
    return row


def close(page: Page, row: Locator, *, ticker: str = TICKER) -> None:
    """Close a position at market, through the dialog that A-03 words."""
    button = row.get_by_role("button", name=re.compile("^Close"))
    if not button.is_visible():  # a phone's row unfolds to its actions
        row.get_by_role("button", name="Show detail").click()
    button.click()
    expect(page.get_by_text(f"Are you sure you want to close {ticker} at market price?")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Close at ")).click()


def open_menu(page: Page) -> Locator:
    """Open the menu under one's name; answers it."""
    menu = page.locator("details.user")
    menu.locator("summary").click()
    return menu


def wake(page: Page) -> None:
    """Come back to a page that was left for a while: it asks the server at once.

    Its clock is put on by that while, which nobody waits for.
    """
    page.evaluate(
        """awayMs => {
            const now = Date.now;
            Date.now = () => now() + awayMs;
            window.dispatchEvent(new Event("focus"));
        }""",
        AWAY_MS_MIN,
    )


def place_elsewhere(
    stack: Stack,
    *,
    ticker: str,
    expiry_index: int = 2,
    stop_part: str | None = "0.5",
    target_part: str | None = "3",
) -> str:
    """Have another device of the same user buy the call nearest to the money at its ask; answers its id.

    Stop and target are these parts of the ask, on a dime; None: there is none.
    """
    expiry = cast("list[str]", stack.call("GET", f"/market/expirations?symbol={ticker}")["items"])[
        expiry_index
    ]
    chain = stack.call("GET", f"/market/chain?symbol={ticker}&expiry={expiry}")
    spot = float(cast("float", chain["underlying_price"]))
    calls = [each for each in cast("list[dict[str, Any]]", chain["items"]) if each["option_type"] == "CALL"]
    nearest = min(calls, key=lambda each: abs(each["strike"] - spot))
    ask = Decimal(str(nearest["ask"]))
    dime = Decimal("0.1")
    order: dict[str, object] = {
        "ticker": ticker,
        "option_type": "CALL",
        "strike": nearest["strike"],
        "expiry": expiry,
        "order_type": "limit",
        "limit_price": float(ask),
    }
    for name, part in (("sl_price", stop_part), ("tp_price", target_part)):
        if part is not None:
            order[name] = float((ask * Decimal(part)).quantize(dime))
    trade = stack.call("POST", "/trades", order)
    stack.advance(2 * MINUTE_SECONDS)
    return str(trade["id"])
