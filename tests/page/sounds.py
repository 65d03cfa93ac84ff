"""Listen to the page: every oscillator that it starts is noted, by the frequency that it starts from."""

from typing import Final

from playwright.sync_api import BrowserContext, Page

LISTEN: Final = """
window.heard = [];
const begin = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
    window.heard.push(Math.round(this.frequency.value));
    return begin.apply(this, given);
};
"""
#: The first tone of each sound (static-site/js/lib/sounds.js), in hertz.
FIRST_TONES: Final = {2093: "register", 523: "falling", 330: "pop"}


def listen(context: BrowserContext) -> None:
    """Note what every page of a context plays; before it opens one."""
    context.add_init_script(LISTEN)


def sounds_of(page: Page) -> list[str]:
    """The sounds that a page has played so far, in order."""
    return [FIRST_TONES[tone] for tone in page.evaluate("window.heard") if tone in FIRST_TONES]
