"""Vendors that are away: the way to them, and in what manner nobody answers there."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import httpx

_EVER: Final = 86_400.0


class Manner(StrEnum):
    """How a broker is away."""

    HANGS = "hangs"
    REFUSES = "refuses connections"
    FAILS = "answers 503"


class AwayTransport(httpx.BaseTransport):
    """The way to the vendors, of which some may be away: `away` says how, by host."""

    def __init__(
        self, inner: httpx.BaseTransport, away: Mapping[str, Manner], wait: Callable[[float], None]
    ) -> None:
        """`wait` lets time pass for the caller, but no more than the caller has."""
        self._inner = inner
        self._away = away
        self._wait = wait

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises ConnectError, ReadTimeout, and what the transport within raises."""
        match self._away.get(request.url.host):
            case Manner.REFUSES:
                raise httpx.ConnectError("Connection refused", request=request)
            case Manner.FAILS:
                return httpx.Response(503, text="Service Unavailable", request=request)
            case Manner.HANGS:
                self._wait(_EVER)
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            case None:
                return self._inner.handle_request(request)
