"""Is the stage alive? A few questions over the one origin that its users come by."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_SECONDS: Final = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a question was answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: Asks for a path of the site.
Ask = Callable[[str], Seen]


def over_https(site_url: str) -> Ask:
    """Return a way to ask the site."""
    host = urlsplit(site_url).netloc

    def ask(path: str) -> Seen:
        connection = http.client.HTTPSConnection(host, timeout=_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Seen(status=answer.status, headers=headers, body=answer.read())
        finally:
            connection.close()

    return ask


def smoke_test(ask: Ask, release_id: str) -> list[str]:
    """Return what is wrong with the stage, empty when it lives."""
    checks: Mapping[str, Callable[[], bool]] = {
        "the page comes with its security headers": lambda: _page_is_right(ask("/")),
        "the page is of this release": lambda: _release_of(ask("/release.json")) == release_id,
        "the API is alive": lambda: ask("/api/health").status == 200,
        "the API describes itself": lambda: ask("/api/openapi.json").status == 200,
        "an unknown path is a problem of its own": lambda: _is_problem(ask("/api/no-such-path"), 404),
        "a call without a token is refused": lambda: _is_problem(ask("/api/me"), 401),
    }
    wrong: list[str] = []
    for said, holds in checks.items():
        try:
            if not holds():
                wrong.append(f"not so: {said}")
        except (OSError, ValueError) as error:
            wrong.append(f"not so: {said} ({type(error).__name__})")
    return wrong


def _page_is_right(seen: Seen) -> bool:
    return seen.status == 200 and b"<html" in seen.body and "content-security-policy" in seen.headers


def _release_of(seen: Seen) -> str:
    return str(json.loads(seen.body)["release"])


def _is_problem(seen: Seen, status: int) -> bool:
    kind = seen.headers.get("content-type", "")
    return seen.status == status and kind.startswith("application/problem+json")
