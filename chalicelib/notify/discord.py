"""Discord's web hooks (wire/alerts.md, 2). The target is the hook's address, and the address is the secret.

Text is Discord's markdown: what is inserted is escaped, and `allowed_mentions` keeps it from pinging anybody.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from chalicelib.domain.alerts import AlertLine, Severity
from chalicelib.domain.json_value import JsonValue
from chalicelib.notify.interface import BadTarget, Delivery, Verdict, headline, vendor_words
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import Outcome, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest

VENDOR: Final = "Discord"
#: An embed's description holds 4,096, all embeds together 6,000; the title is apart.
LINES_LENGTH_MAX: Final = 4_000
CONTENT_MAX: Final = 2_000
_RETRY_SECONDS: Final = 60.0
_PAUSE_SECONDS_MAX: Final = 5.0
#: Addresses are taken from Discord's own hosts only: a target is a URL that our servers would call.
_TARGET: Final = re.compile(
    r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/"
    r"(?P<id>\d{1,20})/(?P<token>[A-Za-z0-9_-]{1,200})/?"
)
_SPECIAL: Final = re.compile(r"([\\*_~`|>#\-\[\]()<@])")
_COLOURS: Final[Mapping[Severity, int]] = {
    Severity.INFO: 0x3498DB,
    Severity.WARNING: 0xF1C40F,
    Severity.CRITICAL: 0xE74C3C,
}


class DiscordChannel:
    """Writes through web hooks."""

    def __init__(self, http: HttpPool, *, base_url: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")

    def check_target(self, target: str) -> None:
        """Raise BadTarget unless the text is the address of a web hook at Discord."""
        if _TARGET.fullmatch(target) is None:
            raise BadTarget("must be a web hook's address: https://discord.com/api/webhooks/<id>/<token>")

    @property
    def length_max(self) -> int:
        """Return how many characters of lines one message holds."""
        return LINES_LENGTH_MAX

    def length(self, line: AlertLine) -> int:
        """Count characters as they are sent, escapes included."""
        return len(_row(line))

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        """Send one embed; a shortened plain message when Discord finds fault with its form."""
        try:
            reply = self._post(target, _embed(lines), deadline)
            if reply.status == 400:
                reply = self._post(target, _plain(lines), deadline)
        except VendorError as error:
            if error.outcome is Outcome.NOT_SENT:
                return _later(error.reason, _RETRY_SECONDS)
            return Delivery(verdict=Verdict.UNKNOWN, reason=error.reason)
        return _verdict(reply)

    def _post(self, target: str, document: JsonValue, deadline: Deadline) -> HttpReply:
        match = _TARGET.fullmatch(target)
        assert match is not None  # checked before it was stored
        request = HttpRequest(
            method="POST",
            url=f"{self._base_url}/api/webhooks/{match['id']}/{match['token']}",
            params={"wait": "true"},  # without it a message that is not kept gives no error
            document=document,
        )
        return self._http.send(request, vendor=VENDOR, deadline=deadline)


def _row(line: AlertLine) -> str:
    words = _SPECIAL.sub(r"\\\1", line.words)
    return f"**{line.severity.value}** {words}" if line.severity is not Severity.INFO else words


def _embed(lines: Sequence[AlertLine]) -> dict[str, JsonValue]:
    loudest = max(lines, key=lambda line: line.severity.rank)
    latest = max(line.at for line in lines).astimezone(UTC)
    return {
        "embeds": [
            {
                "title": headline(lines),
                "description": "\n".join(_row(line) for line in lines),
                "color": _COLOURS[loudest.severity],
                "timestamp": latest.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def _plain(lines: Sequence[AlertLine]) -> dict[str, JsonValue]:
    text = "\n".join([headline(lines), *(f"{line.severity.value}: {line.words}" for line in lines)])
    return {"content": text[:CONTENT_MAX], "allowed_mentions": {"parse": []}}


def _verdict(reply: HttpReply) -> Delivery:
    words = vendor_words(_message(reply)) or f"{VENDOR} answered {reply.status}"
    if reply.status in {200, 204}:
        return Delivery(verdict=Verdict.SENT, pause_seconds=_pause_seconds(reply))
    if reply.status == 429:
        return _later(words, _asked_wait_seconds(reply))
    if reply.status >= 500:  # it may have been told all the same: twice is better than never (wire notes)
        return _later(words, _RETRY_SECONDS)
    if reply.status in {401, 403, 404}:  # calling on is punished
        return Delivery(verdict=Verdict.GONE, reason=words)
    return Delivery(verdict=Verdict.REFUSED, reason=words)


def _later(reason: str, seconds: float) -> Delivery:
    return Delivery(verdict=Verdict.LATER, reason=reason, retry_after_seconds=seconds)


def _pause_seconds(reply: HttpReply) -> float:
    """Return how long this hook's bucket is empty; limits are read, never assumed."""
    if reply.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    return min(_number(reply.headers.get("x-ratelimit-reset-after")) or 0.0, _PAUSE_SECONDS_MAX)


def _asked_wait_seconds(reply: HttpReply) -> float:
    """Return what a 429 asks for, from the body, else (a page of the front end) from the header."""
    asked = _body(reply).get("retry_after")
    if isinstance(asked, int | float) and not isinstance(asked, bool) and asked >= 0:
        return float(asked)
    return _number(reply.headers.get("retry-after")) or _RETRY_SECONDS


def _number(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"\d{1,10}(\.\d+)?", text.strip()):
        return None
    return float(text)


def _message(reply: HttpReply) -> str:
    message = _body(reply).get("message")
    return message if isinstance(message, str) else ""


def _body(reply: HttpReply) -> Mapping[str, object]:
    try:
        body = json.loads(reply.text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
