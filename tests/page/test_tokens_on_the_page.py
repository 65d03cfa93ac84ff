"""Personal access tokens on the page: shown once, good at once, refused once revoked."""

import urllib.error

import pytest
from playwright.sync_api import expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack, call_json
from tests.page.steps import FILL_MS_MAX
from tests.page.test_settings_on_the_page import open_settings, panel

pytestmark = pytest.mark.slow

NAME = "scanner in the attic"


def test_a_token_is_made_copied_used_and_taken_back(bob: Stack, desktop: Screen) -> None:
    """Its secret stands there once; after a reload only its end does."""
    page = desktop.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=bob.site_url)
    open_settings(page, bob)
    tokens = panel(page, "Personal access tokens")
    tokens.get_by_label("Name of the new token").fill(NAME)
    tokens.get_by_label("It expires").select_option("never")
    tokens.get_by_role("button", name="Make a token").click()
    secret = tokens.locator(".token-secret code").inner_text(timeout=FILL_MS_MAX)
    tokens.get_by_role("button", name="Copy the token").click()
    expect(page.locator(".toasts")).to_contain_text("Copied the token")
    assert secret.startswith("pt_")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert find_accessibility_faults(page) == []

    trades_url = f"{bob.api_url}/trades"
    assert call_json("GET", trades_url, None, token=secret)["items"] is not None
    tokens.get_by_role("button", name="Done").click()
    expect(tokens.locator(".token-secret")).to_have_count(0)
    row = tokens.locator("tbody tr", has_text=NAME)
    expect(row).to_contain_text(f"…{secret[-4:]}")
    assert secret not in page.content()

    row.get_by_role("button", name=f"Revoke {NAME}").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(row).to_have_count(1)
    row.get_by_role("button", name=f"Revoke {NAME}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke it").click()
    expect(row).to_have_count(0, timeout=FILL_MS_MAX)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        call_json("GET", trades_url, None, token=secret)
    assert desktop.faults == []


def test_the_page_says_how_to_connect_an_assistant(bob: Stack, desktop: Screen) -> None:
    """docs/knowledge-server.md: the address of this very site, and never a secret in the example."""
    page = desktop.page
    open_settings(page, bob)
    page.get_by_text("connect the knowledge server").click()

    expect(page.locator(".connect code").first).to_have_text(f"{bob.site_url}/mcp")
    expect(page.locator(".connect pre")).to_contain_text('"PAPERTAPE_TOKEN": "pt_…"')
    assert find_accessibility_faults(page) == []
    assert desktop.faults == []
