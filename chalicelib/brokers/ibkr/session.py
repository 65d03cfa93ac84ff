"""The brokerage session of one user name: there is only one of it, anywhere, and it ends after idle minutes.

Nobody keeps it awake. A call that finds none was not taken, opens one under the lock that all functions
share, and is made once more (wire/ibkr.md, 5). Whoever else has it, a person in the vendor's own app say,
keeps it: only what leaves a position takes it away.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from chalicelib.brokers.ibkr.answers import UNAUTHORIZED, NoSession, needs_session
from chalicelib.brokers.ibkr.client import IbkrClient
from chalicelib.brokers.ibkr.questions import CONFIRMED
from chalicelib.brokers.ibkr.shared import Alone
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorClosed, VendorUnreachable
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node

_LOOKS: Final = 3
_LOOK_AGAIN_SECONDS: Final = 1.0
_ELSEWHERE: Final = "this user name is signed in elsewhere, and Interactive Brokers allows one session"
ACCOUNTS: Final = "accounts"


class BrokerageSession:
    """Calls within the one session of a user name; opens it where there is none."""

    def __init__(self, client: IbkrClient, alone: Alone, clock: Clock) -> None:
        self._client = client
        self._alone = alone
        self._clock = clock
        self._is_alone = False

    @contextmanager
    def alone(self, urgency: Urgency) -> Iterator[None]:
        """Hold the session's lock; whoever holds it already goes on."""
        if self._is_alone:
            yield
            return
        with self._alone(urgency):
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        urgency: Urgency,
        about_order: bool = False,
    ) -> object:
        """Read."""
        return self._call("GET", path, params=params, urgency=urgency, about_order=about_order)

    def delete(self, path: str, *, urgency: Urgency) -> object:
        """Ask for the end of one order."""
        return self._call("DELETE", path, urgency=urgency, about_order=True)

    def post(self, path: str, document: JsonValue, *, urgency: Urgency) -> object:
        """Send a document, once; again only where no session took it."""
        return self._call("POST", path, document=document, urgency=urgency)

    def answer(self, path: str, document: JsonValue, *, urgency: Urgency) -> object:
        """Answer a question, once: whatever is not a readable answer leaves the order's fate unknown."""
        reply = self._client.send("POST", path, document=document, urgency=urgency)
        try:
            return self._client.read(reply)
        except NoSession as error:
            raise OutcomeUnknown(f"a question was not answered in time: {error.reason}") from error

    def paced(self, name: str, urgency: Urgency) -> AbstractContextManager[None]:
        """Hold what may be asked once in five seconds; entering it waits."""
        return self._client.paced(name, urgency)

    def know_accounts(self, urgency: Urgency) -> None:
        """Ask for the accounts, which everything of a portfolio wants first, unless that was just done."""
        try:
            with self._client.paced(ACCOUNTS, urgency, waits=False):
                self.get("/portfolio/accounts", urgency=urgency)
        except VendorClosed:
            return

    def check_room(self, urgency: Urgency) -> None:
        """Raise BudgetSpent when a call now would find none left."""
        self._client.check_room(urgency)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: JsonValue = None,
        urgency: Urgency,
        about_order: bool = False,
    ) -> object:
        reply = self._client.send(method, path, params=params, document=document, urgency=urgency)
        if needs_session(reply):  # nothing was done
            with self.alone(urgency):
                self._open(urgency)
            reply = self._client.send(method, path, params=params, document=document, urgency=urgency)
        return self._client.read(reply, about_order=about_order)

    def _open(self, urgency: Urgency) -> None:
        """Have a session: the one that another function has opened meanwhile, else a new one."""
        if not self._standing(urgency, may_take=urgency is Urgency.EXIT):
            self._begin(urgency)
            self._post("/iserver/questions/suppress", {"messageIds": list(CONFIRMED)}, urgency)
        # Wanted before anything of orders (wire, 7).
        self._client.read(self._client.send("GET", "/iserver/accounts", urgency=urgency))

    def _standing(self, urgency: Urgency, *, may_take: bool) -> bool:
        reply = self._client.send("POST", "/tickle", urgency=urgency)
        if reply.status == UNAUTHORIZED:  # the live session token itself is over
            self._client.renew_access()
            reply = self._client.send("POST", "/tickle", urgency=urgency)
        if reply.status == UNAUTHORIZED:
            raise AuthenticationFailed("Interactive Brokers does not take these credentials any more")
        try:
            told = _inner(_inner(as_node(self._client.read(reply), "a tickle"), "iserver"), "authStatus")
        except UnreadablePayload as error:
            raise VendorUnreachable("whether there is a session cannot be read") from error
        if told.get("competing") is True and not may_take:
            raise VendorUnreachable(_ELSEWHERE, retry_after_seconds=60.0)
        return told.get("authenticated") is True

    def _begin(self, urgency: Urgency) -> None:
        wanted: JsonValue = {"publish": True, "compete": urgency is Urgency.EXIT}
        told = self._post("/iserver/auth/ssodh/init", wanted, urgency)
        for _ in range(_LOOKS):
            if told.get("authenticated") is True:
                return
            if told.get("competing") is True:
                raise VendorUnreachable(_ELSEWHERE, retry_after_seconds=60.0)
            self._clock.sleep(_LOOK_AGAIN_SECONDS)
            told = self._post("/iserver/auth/status", {}, urgency)
        raise VendorUnreachable("Interactive Brokers opens no session", retry_after_seconds=10.0)

    def _post(self, path: str, document: JsonValue, urgency: Urgency) -> Node:
        """Send what is about the session alone: nothing of an order is unknown after it."""
        try:
            reply = self._client.send("POST", path, document=document, urgency=urgency)
            return as_node(self._client.read(reply), "the answer")
        except (OutcomeUnknown, UnreadablePayload) as error:
            raise VendorUnreachable("no session could be opened", retry_after_seconds=5.0) from error


def _inner(node: Node, key: str) -> Node:
    return as_node(node.get(key), key)
