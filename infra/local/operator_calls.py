"""Calls made over the API of the running stack or of a deployed stage: an operator's about people (A-10)."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

_CALL_SECONDS_MAX: Final = 30
_METHODS: Final = {"disable": "POST", "enable": "POST", "remove": "DELETE"}


class CallRefused(Exception):
    """The API did not do it; the text is its reason."""


def sign_in(api_url: str, username: str, password: str, code: str | None) -> str:
    """Return an operator's access token. Raises CallRefused."""
    body = {"username": username, "password": password, **({} if code is None else {"code": code})}
    return str(call("POST", f"{api_url}/session", body, None)["access_token"])


def end(api_url: str, access_token: str, action: str, name: str, *, keep_positions: bool) -> None:
    """Disable, enable or remove a person. Raises CallRefused."""
    path = f"{api_url}/users/{quote(name, safe='')}"
    body = {"keep_positions": True} if keep_positions else {}
    call(_METHODS[action], path if action == "remove" else f"{path}/{action}", body, access_token)


def call(
    method: str, url: str, body: Mapping[str, object] | None, access_token: str | None
) -> dict[str, Any]:  # Any: JSON of the API
    """Make one call of the API, with a token where it takes one. Raises CallRefused."""
    headers = {"Content-Type": "application/json"}
    if access_token is not None:
        headers["Authorization"] = f"Bearer {access_token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  # our own address, from the stack or the stage
        url, data=data, headers=headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS_MAX) as answer:  # noqa: S310  # as above
            read: dict[str, Any] = json.loads(answer.read() or b"{}")
            return read
    except urllib.error.HTTPError as error:
        with error:
            raise CallRefused(_reason(error.read())) from error
    except OSError as error:
        raise CallRefused("the API cannot be reached") from error


def _reason(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["detail"])
    except (ValueError, KeyError, TypeError):
        return "the API refused"
