"""Give the demo users their settings, as they would themselves: over the API (local.md, Demo users)."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

CALL_SECONDS_MAX: Final = 30
_UNAUTHENTICATED: Final = 401
WIDE_LIMITS: Final[Mapping[str, float]] = {
    "account_balance": 100_000,
    "max_positions": 50,
    "daily_loss_limit": 20_000,
    "heat_limit_pct": 50,
}


class Limits(StrEnum):
    """Which limits the demo users get."""

    WIDE = "wide"
    DEFAULT = "default"


class SettingsRefused(Exception):
    """The API did not take a demo user's settings."""

    def __init__(self, username: str, answer: str) -> None:
        super().__init__(f"the settings of {username} were not taken: {answer}")


class NotServed(SettingsRefused):
    """The API serves this user no more: disabled, or removed."""


def ensure_settings(
    api_url: str,
    username: str,
    access_token: str,
    *,
    broker_account: str,
    broker_token: str,
    limits: Limits | None,
) -> bool:
    """Store token and account unless they are there; tell whether anything was sent.

    `limits` None means wide at the first start, and whatever the user made of them later.
    Whoever was disabled or removed since is let be. Raises SettingsRefused.
    """
    try:
        stored = _call(api_url, username, access_token, "GET", None)
    except NotServed:
        return False
    change: dict[str, Any] = {}
    first = stored.get("tradier_sandbox_account_id") != broker_account
    if first:
        change |= {"tradier_sandbox_token": broker_token, "tradier_sandbox_account_id": broker_account}
    if limits is Limits.DEFAULT and not first:
        change |= dict.fromkeys(WIDE_LIMITS)
    elif limits is Limits.WIDE or (first and limits is None):
        change |= WIDE_LIMITS
    if change:
        _call(api_url, username, access_token, "PUT", change)
    return bool(change)


def _call(
    api_url: str, username: str, access_token: str, method: str, body: Mapping[str, Any] | None
) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  # http on loopback, by our own server's address
        f"{api_url}/settings",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=CALL_SECONDS_MAX) as answer:  # noqa: S310
            settings: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        kind = NotServed if error.code == _UNAUTHENTICATED else SettingsRefused
        with error:
            raise kind(username, error.read(500).decode(errors="replace")) from error
    return settings
