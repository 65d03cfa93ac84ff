"""Telegram's Bot API, `sendMessage` (wire/alerts.md, 1).

A target is `<bot token>@<chat>`, where the chat is a number (groups are negative) or `@channelname`. The
chat alone is enough where the operator has a bot for everybody. A token alone is none: a bot's name is
public, and whoever writes to it would get its owner's alerts.

The token is in the path of every call, so no address of a call is ever logged or raised.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from chalicelib.domain.alerts import AlertLine, Severity
from chalicelib.domain.json_value import JsonValue
from chalicelib.notify.interface import BadTarget, Delivery, Verdict, headline, vendor_words
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import Outcome, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest

VENDOR: Final = "Telegram"
#: The limit is 4,096 after parsing; the rest is for the headline.
LINES_LENGTH_MAX: Final = 3_900
#: About one message a second to a chat (Bots FAQ): short bursts pass, then 429.
PAUSE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 60.0
_TARGET: Final = re.compile(
    r"(?:(?P<token>\d{1,20}:[A-Za-z0-9_-]{3,100})@(?P<chat>-?\d{1,16}|@[A-Za-z0-9_]{3,64})"
    r"|(?P<only_chat>-?\d{1,16}|@[A-Za-z0-9_]{3,64}))"
)
_MARKS: Final[Mapping[Severity, str]] = {
    Severity.INFO: "ℹ️",
    Severity.WARNING: "⚠️",
    Severity.CRITICAL: "🚨",
}
Node = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Whose bot writes (None: the operator's) into which chat."""

    token: str | None
    chat: str


def _parse_target(text: str) -> _Target:
    match = _TARGET.fullmatch(text)
    if match is None:
        raise BadTarget("must be <bot token>@<chat id>, as @BotFather and the chat give them")
    return _Target(token=match["token"], chat=match["chat"] or match["only_chat"])


class TelegramChannel:
    """Writes into chats."""

    def __init__(self, http: HttpPool, *, base_url: str, operator_token: str | None) -> None:
        """`operator_token` is of the bot that writes to targets without a token of their own."""
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._operator_token = operator_token

    def check_target(self, target: str) -> None:
        """Raise BadTarget unless the text names a chat, and a bot unless the operator has one."""
        if _parse_target(target).token is None and self._operator_token is None:
            raise BadTarget("must be <bot token>@<chat id>: the operator has no bot for everybody")

    @property
    def length_max(self) -> int:
        """Return how many UTF-16 units of lines one message holds."""
        return LINES_LENGTH_MAX

    def length(self, line: AlertLine) -> int:
        """Count UTF-16 units after parsing, as Telegram does: what is escaped counts once."""
        return len(f"{_MARKS[line.severity]} {line.words}".encode("utf-16-le")) // 2

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        """Send as HTML; as plain text if that cannot be parsed; to the new chat if the group was upgraded."""
        try:
            parsed = _parse_target(target)
        except BadTarget as error:  # stored when a bot's token alone still was one
            return Delivery(verdict=Verdict.GONE, reason=f"the target {error}")
        token = parsed.token or self._operator_token
        if token is None:
            return Delivery(verdict=Verdict.REFUSED, reason="the operator has no bot for everybody")
        try:
            return self._send_to(parsed, token, lines, deadline)
        except VendorError as error:
            if error.outcome is Outcome.NOT_SENT:
                return _later(error.reason, _RETRY_SECONDS)
            return Delivery(verdict=Verdict.UNKNOWN, reason=error.reason)

    def _send_to(
        self, target: _Target, token: str, lines: Sequence[AlertLine], deadline: Deadline
    ) -> Delivery:
        message = _message(target.chat, lines)
        reply = self._call(token, "sendMessage", message, deadline)
        if reply.status == 400 and "can't parse entities" in _description(reply):
            message = {**message, "text": _plain(lines)}
            del message["parse_mode"]
            reply = self._call(token, "sendMessage", message, deadline)
        moved_to_chat = _moved_to(reply)
        if moved_to_chat is None:
            return _verdict(reply)
        reply = self._call(token, "sendMessage", {**message, "chat_id": moved_to_chat}, deadline)
        moved = moved_to_chat if target.token is None else f"{target.token}@{moved_to_chat}"
        return replace(_verdict(reply), moved_to=moved)

    def _call(
        self, token: str, method: str, document: Mapping[str, JsonValue], deadline: Deadline
    ) -> HttpReply:
        request = HttpRequest(
            method="POST",
            url=f"{self._base_url}/bot{quote(token, safe=':')}/{method}",
            document=dict(document),
        )
        return self._http.send(request, vendor=VENDOR, deadline=deadline)


def _message(chat: str, lines: Sequence[AlertLine]) -> dict[str, JsonValue]:
    rows = [
        f"{_MARKS[line.severity]} {html.escape(line.words, quote=False)}"
        if line.severity is not Severity.CRITICAL
        else f"{_MARKS[line.severity]} <b>{html.escape(line.words, quote=False)}</b>"
        for line in lines
    ]
    return {
        "chat_id": chat,
        "text": "\n".join([f"<i>{html.escape(headline(lines), quote=False)}</i>", *rows]),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": all(line.severity is Severity.INFO for line in lines),
    }


def _plain(lines: Sequence[AlertLine]) -> str:
    return "\n".join([headline(lines), *(f"{_MARKS[line.severity]} {line.words}" for line in lines)])


def _verdict(reply: HttpReply) -> Delivery:
    words = vendor_words(_description(reply)) or f"{VENDOR} answered {reply.status}"
    if reply.status == 200:
        if _node(reply).get("ok") is True:
            return Delivery(verdict=Verdict.SENT, pause_seconds=PAUSE_SECONDS)
        return Delivery(verdict=Verdict.UNKNOWN, reason="the answer cannot be read")
    if reply.status == 429:
        return _later(words, _asked_wait_seconds(reply))
    if reply.status >= 500:  # it may have been told all the same: twice is better than never (wire notes)
        return _later(words, _RETRY_SECONDS)
    if reply.status in {401, 403, 404} or "chat not found" in words:
        return Delivery(verdict=Verdict.GONE, reason=words)
    return Delivery(verdict=Verdict.REFUSED, reason=words)


def _later(reason: str, seconds: float) -> Delivery:
    return Delivery(verdict=Verdict.LATER, reason=reason, retry_after_seconds=seconds)


def _asked_wait_seconds(reply: HttpReply) -> float:
    """Return what a 429 asks for: the whole bot waits, not only the chat."""
    asked = _parameters(reply).get("retry_after")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return float(asked)
    header = reply.headers.get("retry-after", "")
    return float(header) if header.isdigit() else _RETRY_SECONDS


def _moved_to(reply: HttpReply) -> str | None:
    chat = _parameters(reply).get("migrate_to_chat_id")
    return str(chat) if isinstance(chat, int) and reply.status == 400 else None


def _parameters(reply: HttpReply) -> Node:
    parameters = _node(reply).get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _description(reply: HttpReply) -> str:
    description = _node(reply).get("description")
    return description if isinstance(description, str) else ""


def _node(reply: HttpReply) -> Node:
    """Read the envelope; what is none of theirs (a proxy's page) is an empty one."""
    try:
        node = json.loads(reply.text)
    except ValueError:
        return {}
    return node if isinstance(node, dict) else {}
