"""The emulator of Telegram's Bot API: `sendMessage`, `getMe`, `getUpdates` (wire/alerts.md, 1).

Any bot and any chat are there until a test says otherwise: a newcomer tries alerts with made-up ones.
"""

import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from infra.local.emulators.channels.markup import CannotParse, parse_html, parse_markdown
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.vendor import VendorEmulator, retry_after

CHARACTERS_MAX: Final = 4096
RAW_BYTES_MAX: Final = 32768
GROUP_MESSAGES_A_MINUTE: Final = 20
MINUTE: Final = timedelta(minutes=1)
_PATH: Final = re.compile(r"/bot(?P<token>\d+:[A-Za-z0-9_-]+)/(?P<method>[A-Za-z]+)")
_MALFORMED: Final = re.compile(r"/bot[^/]*/")
RETRY_SECONDS: Final = 5


class TelegramRefusal(Exception):
    """The server answers with an error."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters or {}


class TelegramEmulator(VendorEmulator):
    """All bots and all chats."""

    vendor = Vendor.TELEGRAM

    def __init__(
        self,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
    ) -> None:
        super().__init__(faults, lock, clock, wait)
        self._revoked: set[str] = set()
        self._closed: dict[str, str] = {}
        self._moved: dict[str, int] = {}
        self._updates: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._sent_at: dict[str, deque[datetime]] = defaultdict(deque)
        self._messages: list[dict[str, Any]] = []

    def messages(self) -> list[dict[str, Any]]:
        """Return every message that was delivered: bot, chat_id, text as read, parse_mode, at."""
        with self._lock:
            return list(self._messages)

    def revoke(self, token: str) -> None:
        """Let a bot's token be worth nothing."""
        self._revoked.add(token)

    def close_chat(self, chat: str, description: str = "bot was blocked by the user") -> None:
        """Refuse messages to a chat with 403 from now on."""
        self._closed[chat] = description

    def upgrade(self, chat: str, new_chat: int) -> None:
        """Let a group become a supergroup of another id."""
        self._moved[chat] = new_chat

    def write_to_bot(self, token: str, chat: int) -> None:
        """Let somebody write to a bot."""
        updates = self._updates[token]
        message = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "private"}, "text": "/start"}
        updates.append({"update_id": len(updates) + 1, "message": message})

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the method alone: the path holds the token."""
        match = _PATH.fullmatch(request.path)
        return f"/bot/{match['method']}" if match is not None else "/"

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say that there is nothing here to bend."""
        del kind, request
        return False

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429: the seconds stand in the body and in the header."""
        seconds = RETRY_SECONDS if retry_after_seconds is None else round(retry_after_seconds)
        return _refusal(
            TelegramRefusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        )

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        del fault
        try:
            return json_response({"ok": True, "result": self._result(request)})
        except TelegramRefusal as refusal:
            return _refusal(refusal)

    def _result(self, request: EmulatorRequest) -> object:
        match = _PATH.fullmatch(request.path)
        if match is None:
            if _MALFORMED.match(request.path):
                raise TelegramRefusal(401, "Unauthorized: invalid token specified")
            raise TelegramRefusal(404, "Not Found")
        token, method = match["token"], match["method"].lower()
        if token in self._revoked:
            raise TelegramRefusal(401, "Unauthorized")
        if method == "getme":
            return {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Alerts"}
        if method == "getupdates":
            return self._updates[token]
        if method == "sendmessage":
            return self._send(token, _fields(request))
        raise TelegramRefusal(404, "Not Found: method not found")

    def _send(self, token: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        chat = str(fields.get("chat_id") or "")
        if not chat:
            raise TelegramRefusal(400, "Bad Request: chat_id is empty")
        if chat in self._moved:
            raise TelegramRefusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": self._moved[chat]},
            )
        if chat in self._closed:
            raise TelegramRefusal(403, f"Forbidden: {self._closed[chat]}")
        text = _parsed(str(fields.get("text") or ""), str(fields.get("parse_mode") or "").lower())
        self._count(chat)
        kept = {"bot": token.partition(":")[0], "chat_id": chat, "at": self._clock(), **fields, "text": text}
        self._messages.append(kept)
        return {
            "message_id": len(self._messages),
            "date": int(self._clock().timestamp()),
            "chat": {"id": chat},
            "text": text,
        }

    def _count(self, chat: str) -> None:
        """Hold groups to 20 messages a minute."""
        sent_at, now = self._sent_at[chat], self._clock()
        while sent_at and sent_at[0] <= now - MINUTE:
            sent_at.popleft()
        if chat.startswith("-") and len(sent_at) >= GROUP_MESSAGES_A_MINUTE:
            seconds = max(1, round((sent_at[0] + MINUTE - now).total_seconds()))
            raise TelegramRefusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        sent_at.append(now)


def _parsed(text: str, parse_mode: str) -> str:
    if len(text.encode()) > RAW_BYTES_MAX:
        raise TelegramRefusal(400, "Bad Request: text is too long")
    try:
        parsed = text
        if parse_mode == "html":
            parsed = parse_html(text)
        elif parse_mode == "markdownv2":
            parsed = parse_markdown(text)
    except CannotParse as error:
        raise TelegramRefusal(400, f"Bad Request: can't parse entities: {error}") from error
    if not parsed.strip():
        raise TelegramRefusal(400, "Bad Request: message text is empty")
    if len(parsed.encode("utf-16-le")) // 2 > CHARACTERS_MAX:
        raise TelegramRefusal(400, "Bad Request: message is too long")
    return parsed


def _fields(request: EmulatorRequest) -> Mapping[str, Any]:
    """Read the parameters from a JSON body, a form, or the query."""
    if "json" in request.headers.get("content-type", ""):
        try:
            fields = json.loads(request.body)
        except ValueError as error:
            raise TelegramRefusal(400, "Bad Request: can't parse JSON object") from error
        return fields if isinstance(fields, dict) else {}
    return {**request.query, **request.form}


def _refusal(refusal: TelegramRefusal) -> EmulatorResponse:
    body: dict[str, object] = {"ok": False, "error_code": refusal.code, "description": str(refusal)}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    seconds = refusal.parameters.get("retry_after")
    return json_response(body, refusal.code, retry_after(seconds))
