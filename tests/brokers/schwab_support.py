"""What tests of Schwab share: a broker over a transport, and what it sent, as rows of ours have it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, Placed
from chalicelib.brokers.schwab.broker import SchwabBroker
from chalicelib.brokers.schwab.client import SchwabClient, line_to
from chalicelib.brokers.schwab.environment import SchwabEnvironment
from chalicelib.brokers.schwab.naming import (
    SentOrder,
    Terms,
    terms_of_combined,
    terms_of_oco,
    terms_of_order,
)
from chalicelib.brokers.schwab.sign_in import renew
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ports import Clock
from chalicelib.vendors.access import OwnTokens
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.errors import Outcome, VendorError
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import OpenBudget

ACCOUNT: Final = "12345678"
LOGIN: Final = "alice"
CLIENT_ID: Final = "an-app-key"
CLIENT_SECRET: Final = "an-app-secret"
REDIRECT_URI: Final = "https://127.0.0.1/callback"
BASE: Final = "https://api.schwabapi.com"


class SentOnes:
    """What was sent, as rows of `orders` have it: the intent first, then the number that came back."""

    def __init__(self) -> None:
        self.orders: list[SentOrder] = []

    def since(self, at: datetime) -> Sequence[SentOrder]:
        """Return all of them: a test's day is one."""
        del at
        return list(self.orders)


class NotingBroker(SchwabBroker):
    """Schwab's broker, whose orders are noted before they are sent, as whoever uses it does (A-12)."""

    def __init__(self, client: SchwabClient, account: str, *, sent: SentOnes, clock: Clock) -> None:
        super().__init__(BrokerMode.SCHWAB_LIVE, client, account, sent=sent, clock=clock)
        self._notes = sent

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        with self._noted(request.tag, terms_of_order(request)) as note:
            return note.told(super().place(request, urgency=urgency))

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        with self._noted(request.tag, terms_of_combined(request)) as note:
            return note.told(super().place_combined(request, urgency=urgency))

    def place_oco(self, request: OcoRequest) -> Placed:
        with self._noted(request.tag, terms_of_oco(request)) as note:
            return note.told(super().place_oco(request))

    def _noted(self, tag: str, terms: frozenset[Terms]) -> "_Note":
        order = SentOrder(tag=tag, sent_at=self._clock.now(), terms=terms, broker_order_ids=frozenset())
        self._notes.orders.append(order)
        return _Note(self._notes, len(self._notes.orders) - 1)


class _Note:
    def __init__(self, sent: SentOnes, place: int) -> None:
        self._sent, self._place = sent, place

    def __enter__(self) -> "_Note":
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, VendorError) and error.outcome is not Outcome.UNKNOWN:
            self._change(may_live=False)

    def told(self, placed: Placed) -> Placed:
        self._change(broker_order_ids=frozenset({placed.broker_order_id}))
        return placed

    def _change(self, **changes: object) -> None:
        order = self._sent.orders[self._place]
        self._sent.orders[self._place] = replace(order, **changes)  # type: ignore[arg-type]  # any field


def schwab_client(
    http: HttpPool,
    clock: Clock,
    refresh_token: str,
    *,
    url: str = BASE,
    client_secret: str = CLIENT_SECRET,
    budget: CallBudget | None = None,
) -> SchwabClient:
    """Return the client of a login whose calls go by `http`."""
    environment = SchwabEnvironment(
        mode=BrokerMode.SCHWAB_LIVE,
        base_url=url,
        client_id=CLIENT_ID,
        client_secret=client_secret,
        refresh_token=refresh_token,
    )
    line = line_to(environment, budget=budget or OpenBudget(), clock=clock, http=http, deadline=None)
    access = OwnTokens(lambda: renew(environment, line, clock), clock)
    return SchwabClient(environment, line, access=access)


def schwab(
    http: HttpPool,
    clock: Clock,
    refresh_token: str,
    *,
    sent: SentOnes | None = None,
    url: str = BASE,
    account: str = ACCOUNT,
    client_secret: str = CLIENT_SECRET,
    budget: CallBudget | None = None,
) -> NotingBroker:
    """Return a broker whose calls go by `http`."""
    client = schwab_client(http, clock, refresh_token, url=url, client_secret=client_secret, budget=budget)
    return NotingBroker(client, account, sent=sent or SentOnes(), clock=clock)
