"""Brokerage sessions: one of a user name anywhere, over after six idle minutes (wire, 5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from infra.local.emulators.ibkr.asked import read_body
from infra.local.emulators.ibkr.problems import accounts_first, no_bridge, no_route
from infra.local.emulators.serving.exchange import EmulatorRequest

IDLE: Final = timedelta(minutes=6)


@dataclass(slots=True, kw_only=True)
class Session:
    """One user's session: what was asked for within it, and the question that is open."""

    last_call_at: datetime
    knows_accounts: bool = False
    has_listed: bool = False
    suppressed: set[str] = field(default_factory=set)
    searched: set[int] = field(default_factory=set)
    quoted: set[int] = field(default_factory=set)


class Sessions:
    """Who has a session; `elsewhere` are user names that are signed in in the vendor's own app."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self.elsewhere: set[str] = set()
        #: How often sessions were begun.
        self.begun = 0

    def touch(self, username: str, now: datetime) -> Session | None:
        """Return a user's session where there is one; a call keeps it alive."""
        session = self._open.get(username)
        if session is None or username in self.elsewhere or now - session.last_call_at > IDLE:
            self._open.pop(username, None)
            return None
        session.last_call_at = now
        return session

    def required(self, username: str, now: datetime) -> Session:
        """Return a user's session. Raises Refusal."""
        session = self.touch(username, now)
        if session is None:
            raise no_bridge()
        return session

    def for_orders(self, username: str, now: datetime) -> Session:
        """Return the session of a call about orders, which wants the accounts asked for. Raises Refusal."""
        session = self.required(username, now)
        if not session.knows_accounts:
            raise accounts_first()
        return session

    def begin(self, username: str, now: datetime, *, compete: bool) -> dict[str, object]:
        """Open a session, or say who has it; `compete` takes it away."""
        if username in self.elsewhere and not compete:
            return self.status(username, now)
        self.elsewhere.discard(username)
        if self.touch(username, now) is None:
            self._open[username] = Session(last_call_at=now)
            self.begun += 1
        return self.status(username, now)

    def status(self, username: str, now: datetime) -> dict[str, object]:
        """Return where a session stands, as `/iserver/auth/status` does."""
        is_open = self.touch(username, now) is not None
        return {
            "MAC": "00:00:00:00:00:00",
            "authenticated": is_open,
            "competing": username in self.elsewhere,
            "connected": True,
            "fail": "",
            "hardware_info": "00000000|00:00:00:00:00:00",
            "message": "",
            "serverInfo": {"serverName": "JifC11113", "serverVersion": "Build 10.25.0m"},
        }

    def answer(self, request: EmulatorRequest, path: str, username: str, now: datetime) -> dict[str, object]:
        """Answer a call about the session itself. Raises Refusal."""
        match path:
            case "/tickle":
                return {
                    "session": "00000000000000000000000000000000",
                    "ssoExpires": 585695,
                    "collission": False,
                    "userId": 99999999,
                    "hmds": {"error": "no bridge"},
                    "iserver": {"authStatus": self.status(username, now)},
                }
            case "/iserver/auth/status":
                return self.status(username, now)
            case "/iserver/auth/ssodh/init":
                return self.begin(username, now, compete=read_body(request.body).get("compete") is True)
            case "/logout":
                self.end(username)
                return {"status": True}
            case _:
                raise no_route()

    def end(self, username: str) -> None:
        """End a session."""
        self._open.pop(username, None)

    def end_all(self) -> None:
        """End every session, as the vendor does over night."""
        self._open.clear()
