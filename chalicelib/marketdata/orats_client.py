"""ORATS over HTTP, in its own words; its token stands in every URL, so no URL is ever shown or logged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.orats_rows import data_rows
from chalicelib.vendors.budget import CallBudget, Urgency, token_key
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.wire import Node, read_body

VENDOR: Final = "ORATS"
_VERSION_PATH: Final = "/datav2"
_DELAYED_PLAN_SECONDS: Final = 900
RETRY_AFTER_SECONDS: Final = 5.0


class OratsPlan(StrEnum):
    """Which of the vendor's tiers the token pays for (wire/orats.md, section 1)."""

    LIVE = "live"
    DELAYED = "delayed"

    @property
    def delay_seconds(self) -> int:
        """Return how old the tier's quotes are by design."""
        return 0 if self is OratsPlan.LIVE else _DELAYED_PLAN_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class OratsEnvironment:
    """The vendor's host, the token that belongs to it, and the plan; `base_url` with or without /datav2."""

    base_url: str
    token: str = field(repr=False)
    plan: OratsPlan

    def __post_init__(self) -> None:
        bare = self.base_url.rstrip("/")
        whole = bare if bare.endswith(_VERSION_PATH) else bare + _VERSION_PATH
        object.__setattr__(self, "base_url", whole)


class OratsClient:
    """Calls under one token. Every call raises VendorError or UnreadablePayload."""

    def __init__(
        self,
        environment: OratsEnvironment,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self.environment = environment
        self._line = VendorLine(
            vendor=VENDOR,
            key=token_key(environment.token),
            budget=budget,
            clock=clock,
            http=http,
            deadline=deadline,
        )

    def rows(self, path: str, params: Mapping[str, str]) -> list[Node]:
        """Read the rows of one path; 404 is the vendor's word for "no rows"."""
        request = HttpRequest(
            method="GET",
            url=self.environment.base_url + path,
            params={"token": self.environment.token, **params},
            headers={"Accept": "application/json"},
        )
        reply = self._line.call(request, urgency=Urgency.DATA)
        if reply.status == 404:
            return []
        if reply.status != 200:
            raise _failure(reply, self._line.asked_wait_seconds(reply))
        return data_rows(read_body(reply.text))


def _failure(reply: HttpReply, retry_after_seconds: float | None) -> VendorError:
    """Sort a failed call; the vendor's text is left out, since it may repeat the address."""
    match reply.status:
        case 401:
            return AuthenticationFailed("ORATS does not know the token")
        case 403:
            return AuthenticationFailed("ORATS' plan does not include this")
        case 429:
            wait = RETRY_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
            return RateLimited("ORATS asks for fewer calls", retry_after_seconds=wait)
        case 400 | 422:
            return Refused("ORATS refused the request")
        case status:
            return OutcomeUnknown(f"ORATS answered with status {status}")
