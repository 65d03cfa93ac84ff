"""Binance's public market data over HTTP: no key, weights by address, bans honoured (wire/binance.md, 3).

The vendor counts weights per address; our window counts them two by two, since no call that we make weighs
less, for all functions together, whatever address each has.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from re import search
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, Urgency, token_key
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.wire import Node, UnreadablePayload, read_body, read_json

VENDOR: Final = "Binance"
#: What the vendor allows an address in a minute, and what of it we leave to others behind the same one.
WEIGHT_A_MINUTE: Final = 6000
WEIGHT_LEFT_ALONE: Final = 600
WEIGHT_OF_ONE: Final = 2
#: A ban that does not say how long it holds (C-13).
BAN_SECONDS: Final = 60.0
BANNED: Final = frozenset({418, 429})
_REPEATED: Final = frozenset({500, 502, 503, 504})
_MILLISECONDS: Final = 1000
_MINUTE: Final = timedelta(minutes=1)
_UNKNOWN_SYMBOL: Final = -1121
_REGION: Final = 451


class UnknownSymbol(Refused):
    """The exchange has no such pair, or one of those asked for."""


class BinanceClient:
    """Calls from this address. Every call raises VendorError or UnreadablePayload."""

    def __init__(
        self,
        base_url: str,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = token_key(self._base_url)
        self._budget = budget
        self._clock = clock
        self._line = VendorLine(
            vendor=VENDOR,
            key=self._key,
            budget=budget,
            clock=clock,
            http=http,
            deadline=deadline,
            repeated_statuses=_REPEATED,  # a 429 that is asked again at once becomes a ban
        )

    def read(self, path: str, params: Mapping[str, str], *, weight: int) -> tuple[object, datetime]:
        """Read one path; returns its JSON and when the exchange said it, by its own clock where it tells."""
        request = HttpRequest(
            method="GET",
            url=f"{self._base_url}/api/v3{path}",
            params=params,
            headers={"Accept": "application/json"},
        )
        reply = self._line.call(request, urgency=Urgency.DATA, weight=-(-weight // WEIGHT_OF_ONE))
        now = self._clock.now()
        self._note_weight(reply, now)
        if reply.status in BANNED:
            raise self._banned(reply, now)
        if reply.status != 200:
            raise _failure(reply)
        return read_json(reply.text), _said_at(reply, now)

    def _note_weight(self, reply: HttpReply, now: datetime) -> None:
        """Fill our window up where others used the address's weight too."""
        used = reply.headers.get("x-mbx-used-weight-1m", "")
        if used.isdecimal() and len(used) < 10:
            left = (WEIGHT_A_MINUTE - WEIGHT_LEFT_ALONE - int(used)) // WEIGHT_OF_ONE
            ends_at = now.replace(second=0, microsecond=0) + _MINUTE
            self._budget.vendor_left(self._key, max(left, 0), at=now, ends_at=ends_at)

    def _banned(self, reply: HttpReply, now: datetime) -> RateLimited:
        """Stay away, all of us, as long as the vendor says: by its header, else its text, else a minute."""
        until = now + timedelta(seconds=BAN_SECONDS)
        asked = reply.headers.get("retry-after", "")
        told = search(r"banned until ([0-9]{13})\b", reply.text)
        if asked.isdecimal() and len(asked) < 7:
            until = now + timedelta(seconds=max(1, int(asked)))
        elif told is not None:
            until = max(now, datetime.fromtimestamp(int(told[1]) / _MILLISECONDS, UTC))
        self._budget.close(self._key, until=until)
        seconds = (until - now).total_seconds()
        return RateLimited("Binance asks us to stay away for a while", retry_after_seconds=seconds)


def _failure(reply: HttpReply) -> VendorError:
    if reply.status == _REGION:
        return Refused("Binance is not available from this region")
    if not 400 <= reply.status < 500:
        return OutcomeUnknown(f"Binance answered with status {reply.status}")
    try:
        error: Node = read_body(reply.text)
    except UnreadablePayload:
        return Refused(f"Binance refused the request with status {reply.status}")
    code = error.get("code")
    if code == _UNKNOWN_SYMBOL:
        return UnknownSymbol("Binance has no such pair")
    named = f"code {code}" if isinstance(code, int) else f"status {reply.status}"
    return Refused(f"Binance refused the request with {named}")


def _said_at(reply: HttpReply, now: datetime) -> datetime:
    """Return when an answer was made: the earlier of both clocks, since a candle closes by the exchange's."""
    try:
        said = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return now
    return now if said.tzinfo is None else min(said, now)
