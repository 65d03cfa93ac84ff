"""Structures in the screenshots: a spread and a condor that are open, and the ticket that makes them."""

import re
from typing import TYPE_CHECKING, Any, Final, cast

from infra.local.running import RunningStack

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

#: Two to three weeks out, each ticker at another, so that no contract is both held and sold.
EXPIRY: Final = 10
#: Out of the money by these parts of the underlying's price.
SHORT_PUT, LONG_PUT = 0.985, 0.975
SHORT_CALL, LONG_CALL = 1.015, 1.025

Leg = tuple[str, str, float]


def open_structures(stack: RunningStack) -> None:
    """Enter a put spread for a credit, with stop and target, and a condor."""
    spread: tuple[Leg, ...] = (("SHORT", "PUT", SHORT_PUT), ("LONG", "PUT", LONG_PUT))
    enter(stack, "SPY", spread, qty=2, strategy="Income", levels=(2.5, 0.4))
    wings: tuple[Leg, ...] = (("SHORT", "CALL", SHORT_CALL), ("LONG", "CALL", LONG_CALL))
    enter(stack, "QQQ", (*spread, *wings), qty=1, strategy="Income")


def enter(
    stack: RunningStack,
    ticker: str,
    wanted: tuple[Leg, ...],
    *,
    qty: int,
    strategy: str,
    levels: tuple[float, float] | None = None,
) -> None:
    """Enter legs near parts of the underlying's price at what fills at once; `levels` are parts of that."""
    expiry = cast("list[str]", stack.call("GET", f"/market/expirations?symbol={ticker}")["items"])[EXPIRY]
    chain = stack.call("GET", f"/market/chain?symbol={ticker}&expiry={expiry}")
    spot = float(cast("float", chain["underlying_price"]))
    items = cast("list[dict[str, Any]]", chain["items"])
    legs, price = [], 0.0
    for side, right, part in wanted:
        near = min(
            (each for each in items if each["option_type"] == right),
            key=lambda each: abs(each["strike"] - spot * part),
        )
        legs.append({"side": side, "option_type": right, "strike": near["strike"], "expiry": expiry})
        price += near["ask"] if side == "LONG" else -near["bid"]
    protection = (
        {}
        if levels is None
        else {"sl_price": round(price * levels[0], 2), "tp_price": round(price * levels[1], 2)}
    )
    order = {"ticker": ticker, "legs": legs, "qty": qty, "order_type": "limit", "strategy": strategy}
    stack.call("POST", "/trades", order | {"limit_price": round(price, 2)} | protection)


def show_ticket(page: "Page", shape: str) -> None:
    """The ticket on a shape of SPY's options."""
    page.get_by_role("button", name="New trade").first.click()
    page.get_by_label("Symbol").fill("SPY")
    page.get_by_label("Symbol").press("Enter")
    page.locator(".chain-scroll tr[data-at-money]").first.wait_for()
    page.locator("select[name=expiry]").select_option(index=EXPIRY + 2)
    page.locator("select[name=shape]").select_option(shape)


def fill_structure(page: "Page") -> None:
    """A condor that could be sent, with its payoff."""
    show_ticket(page, "IRON_CONDOR")
    page.locator(".payoff svg").wait_for()
    page.locator(".preview-figures").wait_for()
    page.locator(".payoff").scroll_into_view_if_needed()


def pick_legs(page: "Page") -> None:
    """Two legs picked in the chain."""
    show_ticket(page, "OWN")
    money = page.locator(".chain-both tr[data-at-money]")
    money.locator("button").nth(1).click()
    page.locator(".chain-both tr[data-at-money] + tr + tr + tr button").first.click()
    page.locator(".preview-figures").wait_for()


def unfold_structure(page: "Page") -> None:
    """The legs of the condor under its row."""
    page.locator(".trade-row").filter(has_text="Iron condor").locator(".unfold").click()
    page.locator(".legs-table tfoot").wait_for()


def row_of(page: "Page", ticker: str) -> "Locator":
    """The row of a ticker's position; a phone's is unfolded to its actions."""
    row = page.locator(f".trade-row[data-ticker={ticker}]").first
    row.wait_for()
    if row.get_by_role("button", name=re.compile("^Close")).count() == 0:
        row.locator(".unfold").click()
    return row


def ask_to_close_a_part(page: "Page") -> None:
    """The question before one of two spreads is closed, not worse than a price."""
    row = row_of(page, "SPY")
    row.get_by_role("button", name=re.compile("^Close")).click()
    page.get_by_label("How many of 2").fill("1")
    page.get_by_label("Worst price").fill("1.60")
