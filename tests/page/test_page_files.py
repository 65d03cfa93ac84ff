"""Laws about the page's files that need no browser."""

import json
import re
import struct
from pathlib import Path
from typing import Final

import pytest

from infra.vendor_page import VendorError, find_differences, rewrite_imports

SITE: Final = Path(__file__).parents[2] / "static-site"
SCRIPTS: Final = sorted((SITE / "js").rglob("*.js"))
STYLES: Final = sorted((SITE / "css").glob("*.css"))
#: Those of views that are loaded when they are opened.
LATER_STYLES: Final = sorted((SITE / "css" / "views").glob("*.css"))
THEMED: Final = [*(path for path in STYLES if path.name != "tokens.css"), *LATER_STYLES]
INDEX: Final = (SITE / "index.html").read_text()

IMPORT: Final = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"']+)["']""")
FORBIDDEN: Final = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "eval(",
    "new Function(",
    'setAttribute("style',
)
STORAGE: Final = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\.cookie)\b")
RAW_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}\b|\bhsla?\(|\boklch\(")


def test_vendored_files_are_those_of_the_manifest() -> None:
    """Each vendored file is listed with its hash, and none was edited by hand."""
    assert find_differences() == []


def test_a_vendored_import_becomes_relative_or_is_refused() -> None:
    """A browser without an import map resolves relative specifiers only."""
    names = {"preact": "preact.js"}
    assert rewrite_imports('import{h}from"preact";', names) == 'import{h}from"./preact.js";'

    with pytest.raises(VendorError, match="not vendored"):
        rewrite_imports('import x from "react"', names)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(SITE)))
def test_every_import_leads_to_a_file(script: Path) -> None:
    """There is no build step that would notice a wrong path."""
    text = re.sub(r"/\*.*?\*/", "", script.read_text(), flags=re.DOTALL)
    for specifier in IMPORT.findall(text):
        assert specifier.startswith("."), f"{specifier} is no relative path"
        assert (script.parent / specifier).resolve().is_file(), f"{specifier} leads nowhere"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(SITE)))
def test_no_script_writes_markup_or_makes_code(script: Path) -> None:
    """Data never becomes markup or code."""
    text = script.read_text()
    assert [word for word in FORBIDDEN if word in text] == []


def test_one_module_keeps_things_on_the_device_and_never_sees_a_token() -> None:
    """A token that is stored could be read by another script; what this device remembers is no secret."""
    keeping = [path for path in SCRIPTS if STORAGE.search(path.read_text())]
    assert [path.name for path in keeping] == ["device.js"]
    assert IMPORT.findall(keeping[0].read_text()) == ["../lib/html.js"]


def test_only_the_api_module_knows_urls() -> None:
    """Everything else calls it by name; further views have their calls beside it, on its base."""
    knowing = [path.name for path in SCRIPTS if re.search(r"""["'`]/api\b""", path.read_text())]
    assert knowing == ["api.js"]
    using = [path.name for path in SCRIPTS if "${BASE}/" in path.read_text()]
    assert [name for name in using if not name.startswith("api")] == []


def test_index_carries_no_inline_code_and_forbids_it() -> None:
    """The content policy allows scripts and styles of the own origin only; the page needs no more."""
    policy = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', INDEX)
    assert policy is not None
    assert "unsafe" not in policy[1]
    assert "default-src 'none'" in policy[1]

    assert re.findall(r"<script(?![^>]*\bsrc=)", INDEX) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", INDEX) == []


def test_the_page_can_be_installed_and_no_service_worker_keeps_anything() -> None:
    """A window of its own, icons that are there in their sizes; no script registers a worker."""
    manifest = json.loads((SITE / "site.webmanifest").read_text())
    assert 'rel="manifest" href="site.webmanifest"' in INDEX
    assert "manifest-src 'self'" in INDEX
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "./")
    for icon in manifest["icons"]:
        content = (SITE / icon["src"]).read_bytes()
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", content[16:24])
            assert icon["sizes"] == f"{width}x{height}"
    assert {icon.get("purpose") for icon in manifest["icons"]} >= {None, "maskable"}
    assert [path.name for path in SCRIPTS if "serviceWorker" in path.read_text()] == []


def test_index_links_every_stylesheet_once() -> None:
    """A stylesheet that is not linked is dead, one that is linked twice overrules its layer's order."""
    assert sorted(re.findall(r'href="css/([^"]+)"', INDEX)) == [path.name for path in STYLES]


def test_each_further_stylesheet_comes_with_a_view() -> None:
    """What no view asks for is dead."""
    asked = [name for path in SCRIPTS for name in re.findall(r'"(css/views/[^"]+)"', path.read_text())]
    assert sorted(set(asked)) == [str(path.relative_to(SITE)) for path in LATER_STYLES]


@pytest.mark.parametrize("style", THEMED, ids=lambda path: path.name)
def test_colours_are_named_in_the_tokens_alone(style: Path) -> None:
    """A raw colour elsewhere would escape one of the two themes."""
    assert RAW_COLOUR.findall(style.read_text()) == []
