"""W-04 on the page: several targets of one trade, each over a number of contracts."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, TICKER, fill_ticket, sign_in, wake
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow


def test_a_target_is_split_over_the_contracts_and_told_in_row_and_detail(
    stack: Stack, desktop: Screen
) -> None:
    """Whole contracts are asked for, what is left is said; a share that cannot be stands at its field."""
    page = desktop.page
    sign_in(page, stack)
    strike = fill_ticket(page)
    page.get_by_label("Contracts").fill("3")
    page.get_by_role("button", name=re.compile("^Buy 3 ")).click()
    row = page.locator(".trade-row").filter(has_text=f"{TICKER} {strike} Call").first
    expect(row).to_be_visible(timeout=FILL_MS_MAX)
    stack.advance(120)
    wake(page)
    expect(row.locator(".cell-state")).to_have_text(re.compile("Open$"), timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Close the ticket").click()

    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form = page.get_by_role("form", name=re.compile("^Adjust"))
    form.get_by_role("button", name="Several targets").click()
    expect(form).to_contain_text("All of it has a target.")
    form.get_by_label("How many at 1").fill("1")
    form.get_by_label("How many at 2").fill("1")
    expect(form).to_contain_text("1 of 3 without a target.")
    form.get_by_label("Target 2", exact=True).fill("0.10")
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(form.locator(".field-error").first).to_be_visible(timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []

    form.get_by_label("Target 2", exact=True).fill("95.00")
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(row.locator(".cell-target")).to_contain_text("2 targets", timeout=FILL_MS_MAX)
    row.get_by_role("button", name="Show detail").click()
    targets = (
        page.locator(".mini")
        .filter(has=page.get_by_role("heading", name="Targets", exact=True))
        .locator("tbody tr")
    )
    expect(targets).to_have_text([re.compile(r"90\.00\s*1"), re.compile(r"95\.00\s*1")], timeout=FILL_MS_MAX)

    expect(page.locator(".detail")).to_contain_text("targets 90.00 (")
    stack.advance(120)  # whatever the call left over is taken up
    wake(page)
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form.get_by_role("button", name="Remove target 2").click()
    form.get_by_label("How many at 1").fill("3")
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(row.locator(".cell-target > span:first-child")).to_have_text(
        re.compile(r"90\.00$"), timeout=FILL_MS_MAX
    )
    assert desktop.faults == []
