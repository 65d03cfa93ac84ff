"""Who may speak to the servers of a local stack: programs on this machine, and no web page of any browser.

A page can reach any port of the loopback interface. It cannot hide its origin where it may read the answer or
send a body, nor make a browser name a host that does not lead here, nor say that it is no page.
"""

from collections.abc import Mapping
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_HOSTS: Final = frozenset({LOOPBACK, "localhost"})


def refusal(headers: Mapping[str, str], *, is_for_pages: bool = False) -> str | None:
    """Say why a request of these headers (names in lower case) is refused, None for one that is let in.

    What is for pages, too, is still to be had under a name of loopback only.
    """
    if headers.get("host", LOOPBACK).rsplit(":", 1)[0] not in _HOSTS:
        return "this answers on loopback only"
    if is_for_pages:
        return None
    if "origin" in headers or headers.get("sec-fetch-site") == "cross-site":
        return "this is not for pages"
    return None
