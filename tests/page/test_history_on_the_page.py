"""Trade history (A-03): filters, paging, the detail of a row, export, and past trades from a spreadsheet."""

import csv
import json
import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Download, Page, Request, expect

from chalicelib.services.reading.files import FILE_BYTES_MAX
from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in

pytestmark = pytest.mark.slow

PAGE_SIZE: Final = 50
HEAD: Final = "symbol,qty,entry_date,entry_price,close_date,close_price,fees,strategy\n"
BAD: Final = HEAD + "SPY260115C00580000,one,2026-01-05,4.20,2026-01-08,5.10,0,taken over\n"
GOOD: Final = (
    HEAD
    + "SPY260115C00580000,1,2026-01-05 10:02,4.20,2026-01-08 11:30,5.10,1.40,taken over\n"
    + "SPY260115P00570000,2,2026-01-06 10:02,4.20,2026-01-09 11:30,3.10,1.40,taken over\n"
)


def open_history(page: Page, stack: Stack) -> None:
    """Sign in and go to the history, its first page read."""
    sign_in(page, stack)
    page.get_by_role("link", name="Trade history").click()
    expect(page.locator(".trade-row")).to_have_count(PAGE_SIZE, timeout=FILL_MS_MAX)


def test_filters_narrow_the_history_and_say_what_they_cannot_read(bob: Stack, desktop: Screen) -> None:
    """Wins, losses; ticker; strategy; dates; each by itself or together, and back to all."""
    page = desktop.page
    open_history(page, bob)
    rows = page.locator(".trade-row")

    page.get_by_text("Wins", exact=True).click()
    expect(page.locator('.cell-pnl > .amount[data-way="loss"]')).to_have_count(0, timeout=FILL_MS_MAX)
    page.get_by_label("Ticker").fill("tsla")
    page.get_by_label("Strategy").fill("pullback")
    expect(page.locator(".trade-row:not([data-ticker=TSLA])")).to_have_count(0, timeout=FILL_MS_MAX)
    page.get_by_label("Closed from").fill("2026-01-01")
    page.get_by_label("Closed until").fill("2026-01-31")
    asked = "/trades/history?result=wins&ticker=TSLA&strategy=pullback&from=2026-01-01&to=2026-01-31"
    found = bob.call("GET", asked)["items"]
    assert isinstance(found, list)
    assert found
    expect(rows).to_have_count(len(found), timeout=FILL_MS_MAX)

    page.get_by_label("Ticker").fill("A B")
    expect(page.locator(".field-error")).to_have_text("Letters, digits, . / and - only.", timeout=FILL_MS_MAX)
    expect(rows).to_have_count(len(found))
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(PAGE_SIZE, timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_older_trades_come_page_by_page_and_a_row_unfolds_its_detail(bob: Stack, desktop: Screen) -> None:
    """The cursor goes on until the list ends; the detail is that of the open positions."""
    page = desktop.page
    open_history(page, bob)
    older = page.get_by_role("button", name="Show older trades")
    older.click()
    expect(page.locator(".trade-row")).to_have_count(2 * PAGE_SIZE, timeout=FILL_MS_MAX)
    older.click()
    expect(page.locator(".trade-row")).not_to_have_count(2 * PAGE_SIZE, timeout=FILL_MS_MAX)
    expect(older).to_have_count(0)
    ids = page.locator(".trade-row").evaluate_all("rows => rows.map(row => row.dataset.trade)")
    assert len(ids) == len(set(ids)) > 2 * PAGE_SIZE

    page.locator(".trade-row").last.get_by_role("button", name="Show detail").click()
    expect(page.locator(".detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_the_export_is_saved_as_a_file_within_the_dates(bob: Stack, desktop: Screen) -> None:
    """A-16: the file comes by the token, its name from the server; CSV by lots, JSON whole."""
    page = desktop.page
    open_history(page, bob)
    page.get_by_label("Closed from").fill("2026-01-01")
    page.get_by_label("Closed until").fill("2026-01-15")

    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    rows = list(csv.DictReader(read_text(download.value).splitlines()))
    assert re.fullmatch(r"papertape-trades-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    assert rows
    assert {row["date_sold"][:7] for row in rows} == {"2026-01"}

    with page.expect_download() as download:
        page.get_by_role("button", name="Export JSON").click()
    trades = json.loads(read_text(download.value))["items"]
    assert {trade["id"] for trade in trades} == {row["id"] for row in rows}
    assert desktop.faults == []


def test_an_export_too_large_for_an_answer_is_fetched_by_its_link(bob: Stack, desktop: Screen) -> None:
    """A-16: the 303 is followed within the page's policy, and the bucket never sees the access token."""
    page = desktop.page
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/exports/" in request.url else None)
    open_history(page, bob)
    with page.expect_download(timeout=FILL_MS_MAX) as download:
        page.get_by_role("button", name="Export JSON").click()

    text = read_text(download.value)
    assert len(text) > FILE_BYTES_MAX
    assert len(json.loads(text)["items"]) >= PAGE_SIZE
    assert [request.all_headers().get("authorization") for request in asked] == [None]
    assert not asked[0].url.startswith(bob.site_url)
    assert desktop.faults == []


def read_text(download: Download) -> str:
    """The content of a saved file."""
    return Path(download.path()).read_text()


def test_past_trades_are_looked_at_then_taken_over_once(bob: Stack, desktop: Screen, tmp_path: Path) -> None:
    """docs/import.md: faults by row and column, all or nothing, the same file again brings nothing new."""
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(BAD)
    good.write_text(GOOD)
    page = desktop.page
    open_history(page, bob)
    page.get_by_role("button", name="Import CSV").click()
    page.get_by_label("CSV file").set_input_files(bad)
    expect(page.locator(".import-faults tbody tr")).to_contain_text(
        "2qtyis not a number", timeout=FILL_MS_MAX
    )
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    assert find_accessibility_faults(page) == []

    page.get_by_label("CSV file").set_input_files(good)
    page.get_by_role("button", name="Import 2 trades").click()
    expect(page.locator(".toasts")).to_contain_text("Imported 2 trades", timeout=FILL_MS_MAX)
    page.get_by_label("Strategy").fill("taken over")
    expect(page.locator(".trade-row")).to_have_count(2, timeout=FILL_MS_MAX)

    page.get_by_role("button", name="Import CSV").click()
    page.get_by_label("CSV file").set_input_files(good)
    expect(page.locator("dialog")).to_contain_text("Nothing new: 2 here already.", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_a_file_is_taken_back_as_a_whole_on_the_page(bob: Stack, desktop: Screen, tmp_path: Path) -> None:
    """A-16: asked once more, then its trades are gone and the file may come again."""
    file = tmp_path / "more.csv"
    file.write_text(GOOD.replace("taken over", "for a while").replace("4.20", "4.25"))
    page = desktop.page
    open_history(page, bob)
    page.get_by_role("button", name="Import CSV").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Import 2 trades").click()
    expect(page.locator(".toasts")).to_contain_text("Imported 2 trades", timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Import CSV").click()
    page.get_by_text("Imported before").click()
    page.get_by_role("button", name="Undo the import of").first.click()
    assert find_accessibility_faults(page) == []
    page.get_by_role("button", name="Remove 2 and their notes").click()

    expect(page.locator(".toasts")).to_contain_text("Removed 2 imported trades", timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Strategy").fill("for a while")
    expect(page.locator(".trade-row")).to_have_count(0, timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_on_a_phone_filters_fold_away_and_trades_are_cards(bob: Stack, phone: Screen) -> None:
    """Trades come first where there is little room; nothing is cut off."""
    page = phone.page
    open_history(page, bob)
    expect(page.get_by_label("Ticker")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Ticker").fill("SPY")
    expect(page.locator(".trade-row:not([data-ticker=SPY])")).to_have_count(0, timeout=FILL_MS_MAX)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(page) == []
    assert phone.faults == []
