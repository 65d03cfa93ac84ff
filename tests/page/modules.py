"""The page's own modules in a browser without a stack: its rules are asked directly, in milliseconds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

SITE: Final = Path(__file__).parents[2] / "static-site"
ORIGIN: Final = "http://page.test"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator["Modules"]:
    """An empty document of the page's origin; nothing of it reaches a network."""
    page = browser.new_page()
    served = Modules(page)
    page.route("**/*", served.serve)
    page.goto(f"{ORIGIN}/empty")
    yield served
    page.close()


class Modules:
    """Calls what a module of the page exports; `answers` are the API's, by path."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.answers: dict[str, object] = {}

    def serve(self, route: Route) -> None:
        """Answer one request of the page."""
        path = urlsplit(route.request.url).path
        if path == "/empty":
            route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
        elif path in self.answers:
            route.fulfill(json=self.answers[path])
        else:
            route.fulfill(path=SITE / path.lstrip("/"), content_type=_TYPES[Path(path).suffix])

    def run(self, script: str) -> Any:  # Any: JSON of a test's own
        """Run a script that may `await get("state/route")` for a module; answers its value as JSON."""
        return self._page.evaluate(
            f"async () => {{ const get = name => import(`/js/${{name}}.js`); {script} }}"
        )

    def call(self, module: str, name: str, *arguments: object) -> Any:  # Any: JSON of a test's own
        """Call an exported function of `js/<module>.js`; answers its value as JSON."""
        return self._page.evaluate(
            "async ([module, name, given]) => (await import(`/js/${module}.js`))[name](...given)",
            [module, name, list(arguments)],
        )
