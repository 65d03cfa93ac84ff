"""A browser's page of one size, and what went wrong in it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a test looks at: a page of one size, and what went wrong in it."""

    page: Page
    faults: list[str]


@contextlib.contextmanager
def open_screen(browser: Browser, *, width: int, height: int, is_phone: bool) -> Iterator[Screen]:
    """Open a page that notes uncaught errors and breaches of its own content policy."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=is_phone, is_mobile=is_phone
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    yield Screen(page=page, faults=faults)
    context.close()
