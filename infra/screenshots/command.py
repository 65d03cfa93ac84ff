"""Write the page's screenshots: start a stack, live through two days on it, look at every state."""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from infra.local.programs import find_chromium
from infra.local.running import RunningStack, StackFailed, read_stack, start, stop, wait_until_ready
from infra.screenshots.scenes import IN_SESSION, OUTSIDE_THE_SESSION, WAIT_MS, Scene
from infra.screenshots.systems import SYSTEMS, ask_again, have_a_strategy_tested, set_to_work
from infra.screenshots.world import CLOCK, EVENING, trade_the_first_day, trade_the_second_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TARGET: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SETTLE_MS: Final = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A device, and a theme on it."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    is_phone: bool = False


LOOKS: Final = (
    Look(name="desktop", width=1440, height=900),
    Look(name="dark", width=1440, height=900, scheme="dark"),
    Look(name="phone", width=390, height=844, is_phone=True),
)


def main(arguments: Sequence[str]) -> int:
    """Run the command; answers the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.screenshots", description=__doc__)
    parser.add_argument("--only", help="the scenes whose names contain this, or one of these: desk,risk")
    parser.add_argument("--into", type=Path, default=TARGET, help="the folder to write to")
    options = parser.parse_args(arguments)
    program = find_chromium()
    if program is None:
        print("there is no Chromium on the PATH (apt-get install chromium)")
        return 1
    options.into.mkdir(parents=True, exist_ok=True)
    try:
        with running() as state_file, launched(program) as browser:
            take_all(browser, state_file, options.into, only=options.only or "")
    except StackFailed as failure:
        print(f"the stack did not start: {failure}")
        return 1
    return 0


@contextmanager
def running() -> Iterator[Path]:
    """A stack of its own in a directory that goes with it; answers where it says what it is."""
    with tempfile.TemporaryDirectory() as directory:
        process = start(Path(directory), CLOCK)
        try:
            wait_until_ready(process)
            yield Path(directory) / "state.json"
        finally:
            stop(process)


@contextmanager
def launched(program: Path) -> "Iterator[Browser]":
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        yield browser
        browser.close()


def take_all(browser: "Browser", state_file: Path, into: Path, *, only: str) -> None:
    """Live through two days and take every scene in every look; what nobody asks for is not lived through."""
    stack = read_stack(state_file)
    if any(is_wanted(scene.name, only) for scene in (*IN_SESSION, *OUTSIDE_THE_SESSION)):
        trade_the_first_day(stack)
        trade_the_second_day(stack)
        for look in LOOKS:
            for scene in IN_SESSION:
                take(browser, read_stack(state_file, scene.username), scene, look, into, only)
    for look in LOOKS:
        take_sign_in(browser, stack, look, into, only)
    take_systems(browser, state_file, into, only)
    if any(is_wanted(scene.name, only) for scene in OUTSIDE_THE_SESSION):
        stack.advance_to(EVENING)
    for look in LOOKS[:1]:
        for scene in OUTSIDE_THE_SESSION:
            take(browser, stack, scene, look, into, only)


def is_wanted(name: str, only: str) -> bool:
    """Whether a scene is to be taken: its name contains one of these words, or none is given."""
    return any(word in name for word in only.split(","))


def take_systems(browser: "Browser", state_file: Path, into: Path, only: str) -> None:
    """Take the views of the desk and the traders of whoever had nothing, who go to work for it."""
    if not any(is_wanted(scene.name, only) for scene in SYSTEMS):
        return
    stack = read_stack(state_file, SYSTEMS[0].username)
    set_to_work(stack)
    if (
        is_wanted("backtests", only)
        or is_wanted("backtest-result", only)
        or is_wanted("backtest-compare", only)
    ):
        have_a_strategy_tested(stack)
    for look in LOOKS:
        ask_again(stack)
        for scene in SYSTEMS:
            take(browser, stack, scene, look, into, only)


def take(browser: "Browser", stack: RunningStack, scene: Scene, look: Look, into: Path, only: str) -> None:
    """Take one scene in one look."""
    if not is_wanted(scene.name, only):
        return
    print(f"{scene.name}-{look.name}", flush=True)
    stack.advance(60)  # the broker's calls of a minute come back with the clock alone
    with opened(browser, look) as page:
        if scene.prepare is not None:
            scene.prepare(page)
        sign_in(page, stack)
        scene.reach(page)
        page.wait_for_timeout(SETTLE_MS)
        height = scene.height_max if scene.is_whole_page else look.height
        shoot(page, into / f"{scene.name}-{look.name}.png", look, height_max=height)


def take_sign_in(browser: "Browser", stack: RunningStack, look: Look, into: Path, only: str) -> None:
    """Take the page of a stranger."""
    if not is_wanted("sign-in", only):
        return
    with opened(browser, look) as page:
        page.goto(stack.site_url)
        page.get_by_label("Username").wait_for()
        shoot(page, into / f"sign-in-{look.name}.png", look, height_max=look.height)


@contextmanager
def opened(browser: "Browser", look: Look) -> "Iterator[Page]":
    """A page of one look."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        is_mobile=look.is_phone,
        has_touch=look.is_phone,
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS)
    yield context.new_page()
    context.close()


def sign_in(page: "Page", stack: RunningStack) -> None:
    """Sign in and wait for the portfolio."""
    page.goto(stack.site_url)
    page.get_by_label("Username").fill(stack.username)
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Open positions").wait_for()
    page.locator(".account-figure, .account-strip-note").first.wait_for()


def shoot(page: "Page", path: Path, look: Look, *, height_max: int) -> None:
    """Write what is seen; of a page that may be higher, in a window as high as it is."""
    if height_max > look.height:
        needed = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": look.width, "height": min(max(needed, look.height), height_max)})
        page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)
