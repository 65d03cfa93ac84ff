"""The owner's own sign-in on the page (A-17, A-12): second factor, password, the code at the live switch."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.security import totp
from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX
from tests.page.test_accessibility import faults_in_both_themes
from tests.page.test_settings_on_the_page import open_settings, panel

pytestmark = pytest.mark.slow


def code_of(secret: str, *, ahead: int = 0) -> str:
    """Return the present code of an app, or one that its clock, some steps ahead, would show."""
    return totp.code_at(secret, int(datetime.now(UTC).timestamp()) // totp.STEP_SECONDS + ahead)


def ask(page: Page, button: str, dialog: str) -> Locator:
    """Open one of the panel's dialogs."""
    panel(page, "Sign-in").get_by_role("button", name=button).click()
    return page.get_by_role("dialog", name=dialog)


def live_credentials(state_file: Path, username: str) -> tuple[str, str]:
    """Return token and number of a user's account at the live broker."""
    users = json.loads(state_file.read_text())["users"]
    user = next(one for one in users if one["username"] == username)
    return str(user["live_broker_token"]), str(user["live_account_id"])


def set_up(page: Page, bob: Stack) -> str:
    """Set an app up; return its secret."""
    dialog = ask(page, "Set up an authenticator app", "Set up an authenticator app")
    dialog.get_by_label("Your password").fill("wrong")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.locator(".field-error")).to_have_text("is not right", timeout=FILL_MS_MAX)
    dialog.get_by_label("Your password").fill(bob.password)
    dialog.get_by_role("button", name="Go on").click()
    secret = re.sub(r"\s", "", dialog.locator("code").inner_text(timeout=FILL_MS_MAX))
    address = dialog.get_by_role("link", name="open it there").get_attribute("href")
    assert address == f"otpauth://totp/papertape:bob?secret={secret}&issuer=papertape"
    expect(dialog.get_by_role("img", name="The key as a QR code")).to_be_visible(timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []
    dialog.get_by_label("Code of the app").fill("000000" if code_of(secret) != "000000" else "000001")
    dialog.get_by_role("button", name="Confirm").click()
    expect(dialog.locator(".field-error")).to_contain_text("present code", timeout=FILL_MS_MAX)
    dialog.get_by_label("Code of the app").fill(code_of(secret))
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.locator(".toasts")).to_contain_text("The second factor is set up", timeout=FILL_MS_MAX)
    return secret


def switch_live(page: Page, account: str, secret: str) -> None:
    """Switch live on with the code, and off."""
    panel(page, "Live trading").get_by_role("button", name="Switch live on").click()
    dialog = page.get_by_role("dialog", name="Trade with real money?")
    dialog.get_by_label("Type the account number to confirm").fill(account)
    dialog.get_by_role("button", name="Switch live on").click()
    expect(dialog.locator(".field-error")).to_have_text("is missing", timeout=FILL_MS_MAX)
    dialog.get_by_label("Code of the app").fill(code_of(secret))
    dialog.get_by_role("button", name="Switch live on").click()
    expect(page.locator(".toasts")).to_contain_text("Live trading is on", timeout=FILL_MS_MAX)
    panel(page, "Live trading").get_by_role("button", name="Switch live off").click()
    expect(page.locator(".toasts")).to_contain_text("Live trading is off", timeout=FILL_MS_MAX)


def sign_in_at_schwab(page: Page, bob: Stack) -> Locator:
    """B-10: the app's key and secret, then the broker's own page, and back; answers the row."""
    theirs = bob.brokers["schwab"]
    row = panel(page, "More brokers").locator(".connection[data-mode=SCHWAB_LIVE]")
    row.get_by_role("button", name="Connect…").click()
    row.get_by_label("App key").fill(theirs["credentials"]["client_id"])
    row.get_by_label("Client secret").fill(theirs["credentials"]["client_secret"])
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Sign in at the broker", timeout=FILL_MS_MAX)
    expect(row.locator(".connection-live")).to_have_count(0)
    row.get_by_role("button", name="Sign in there…").click()
    expect(page.get_by_role("heading", name="Schwab (emulated)")).to_be_visible(timeout=FILL_MS_MAX)
    page.get_by_role("link", name="bob").click()
    expect(page.locator(".toasts")).to_contain_text("Signed in at the broker", timeout=FILL_MS_MAX)
    assert "code=" not in page.url
    expect(row).to_contain_text(f"account {theirs['account_id']}", timeout=FILL_MS_MAX)
    expect(row).to_contain_text("login ends Feb 26")
    return row


def switch_schwab_live(page: Page, row: Locator, account: str, code: str) -> None:
    """A-12, W-03: its own live switch, by its account's number and a code; off always."""
    live = row.locator(".connection-live")
    expect(live).to_contain_text("Live is off")
    live.get_by_role("button", name="Switch live on…").click()
    dialog = page.get_by_role("dialog", name="Trade with real money?")
    expect(dialog).to_contain_text(account)
    dialog.get_by_label("Type the account number to confirm").fill("12")
    dialog.get_by_label("Code of the app").fill(code)
    dialog.get_by_role("button", name="Switch live on").click()
    expect(dialog.locator(".field-error")).to_have_text("is not the stored live account", timeout=FILL_MS_MAX)
    dialog.get_by_label("Type the account number to confirm").fill(account)
    dialog.get_by_role("button", name="Switch live on").click()
    expect(live).to_contain_text("new orders use real money", timeout=FILL_MS_MAX)
    expect(page.locator(".mode-badge")).to_have_attribute("data-mode", "live")
    expect(panel(page, "Live trading at Tradier")).to_contain_text("Off.")
    assert faults_in_both_themes(page) == []
    live.get_by_role("button", name="Switch live off").click()
    expect(live).to_contain_text("Live is off", timeout=FILL_MS_MAX)
    expect(page.locator(".mode-badge")).to_have_attribute("data-mode", "paper")
    row.get_by_role("button", name="Disconnect").click()
    expect(row).to_contain_text("Not connected", timeout=FILL_MS_MAX)


def test_an_app_is_set_up_switches_live_on_and_is_removed(
    bob: Stack, desktop: Screen, state_file: Path
) -> None:
    """A-17, A-12, B-10: secret, first code, a fresh code at each live switch; faults stand at their field."""
    page = desktop.page
    token, account = live_credentials(state_file, "bob")
    bob.call("PUT", "/settings", {"tradier_live_token": token})
    open_settings(page, bob)
    secret = set_up(page, bob)
    switch_live(page, account, secret)
    row = sign_in_at_schwab(page, bob)
    switch_schwab_live(page, row, bob.brokers["schwab"]["account_id"], code_of(secret, ahead=1))
    dialog = ask(page, "Remove the app", "Remove the authenticator app")
    dialog.get_by_label("Your password").fill(bob.password)
    dialog.get_by_label("Code of the app").fill(code_of(secret))
    dialog.get_by_role("button", name="Remove it").click()
    expect(page.locator(".toasts")).to_contain_text("is removed", timeout=FILL_MS_MAX)
    bob.call("PUT", "/settings", {"tradier_live_token": None, "tradier_live_account_id": None})
    assert desktop.faults == []


def test_a_new_password_is_refused_at_its_field(bob: Stack, phone: Screen) -> None:
    """A-17: on a phone, too; nothing is cut off, nothing is changed by a wrong word."""
    page = phone.page
    open_settings(page, bob)
    dialog = ask(page, "Change the password", "Change your password")
    dialog.get_by_label("Present password").fill("wrong")
    dialog.get_by_label("New password").fill("Another-Passw0rd-9")
    dialog.get_by_role("button", name="Change it").click()
    expect(dialog.locator(".field-error")).to_have_text("is not right", timeout=FILL_MS_MAX)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(page) == []
    assert phone.faults == []
