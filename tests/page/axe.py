"""Ask axe-core what is wrong with a page for people who see, hear or point less well.

The library lies in `vendor` beside this file, for the tests alone; its manifest says where it is from.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

VENDOR: Final = Path(__file__).parent / "vendor"
#: WCAG 2.2 at AA, and axe's own good practice.
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: A slide or a fade under way would be measured at a contrast that it has for a moment only.
SETTLE_MS: Final = 350
#: A color on its way from one theme to the other is of neither; where nothing is painted it never arrives.
SETTLED: Final = """() => document.getAnimations()
    .filter((one) => one instanceof CSSTransition)
    .forEach((one) => one.finish())"""
RUN: Final = """async tags => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    const why = node => (node.any[0] || node.all[0] || node.none[0] || {}).message;
    return found.violations.flatMap(each =>
        each.nodes.map(node => `${each.id}: ${each.help}: ${node.target.join(" ")}: ${why(node)}`));
}"""


def find_accessibility_faults(page: Page) -> list[str]:
    """Answer a line for each fault that axe finds on the page as it stands; empty when there is none."""
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate(SETTLED)
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(read_axe())
    return [str(line) for line in page.evaluate(RUN, list(TAGS))]


def read_axe() -> str:
    """Answer the library's text; raises ValueError when it is not what the manifest names."""
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    content = (VENDOR / "axe.min.js").read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["files"]["axe.min.js"]:
        raise ValueError("axe.min.js is not the file that its manifest names")
    return content.decode()
