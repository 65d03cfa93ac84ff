"""Tradier over HTTP, in Tradier's words: paths, forms and JSON objects.

Knows the token and its host, the budget and the repeats; knows nothing of what an order means to papertape.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from chalicelib.brokers.tradier.answers import read_answer, read_list
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Bucket, CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.wire import Node

VENDOR = "Tradier"


class TradierClient:
    """Calls of one token to its own host. Every call raises VendorError."""

    def __init__(
        self,
        environment: TradierEnvironment,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self.environment = environment
        self._line = VendorLine(
            vendor=VENDOR,
            key=environment.budget_key,
            budget=budget,
            clock=clock,
            http=http,
            deadline=deadline,
        )

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        urgency: Urgency,
        about_order: bool = False,
    ) -> Node:
        """Read; repeated on passing trouble."""
        return self._call("GET", path, params=params or {}, urgency=urgency, about_order=about_order)

    def get_beta(self, path: str, params: Mapping[str, str], *, urgency: Urgency) -> list[object]:
        """Read a list of what Tradier calls its beta; repeated on passing trouble."""
        reply = self._send("GET", self.environment.beta_url, path, params=params, urgency=urgency)
        with self._without_token():
            return read_list(reply, retry_after_seconds=self._line.asked_wait_seconds(reply))

    def post(self, path: str, form: Mapping[str, str], *, urgency: Urgency) -> Node:
        """Send a form, once."""
        return self._call("POST", path, form=form, urgency=urgency, about_order=False)

    def delete(self, path: str, *, urgency: Urgency) -> Node:
        """Ask for the end of one order; repeated on passing trouble."""
        return self._call("DELETE", path, urgency=urgency, about_order=True)

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._line.check_room(Urgency.ORDER, [Bucket.TRADING, Bucket.STANDARD])

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        urgency: Urgency,
        about_order: bool,
    ) -> Node:
        base = self.environment.base_url
        reply = self._send(method, base, path, params=params, form=form, urgency=urgency)
        wait = self._line.asked_wait_seconds(reply)
        with self._without_token():
            return read_answer(
                reply, about_order=about_order, is_read=method == "GET", retry_after_seconds=wait
            )

    def _send(
        self,
        method: str,
        base: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        urgency: Urgency,
    ) -> HttpReply:
        request = HttpRequest(
            method=method,
            url=base + path,
            params=params or {},
            form=form,
            headers={
                "Authorization": f"Bearer {self.environment.token}",
                "Accept": "application/json",
            },
        )
        return self._line.call(request, urgency=urgency, bucket=bucket_of(method, path))

    @contextmanager
    def _without_token(self) -> Iterator[None]:
        """Take the token out of what a vendor says that repeats what it was sent."""
        try:
            yield
        except VendorError as error:
            if self.environment.token in error.reason:
                clean = error.reason.replace(self.environment.token, "(token)")
                raise type(error)(clean, retry_after_seconds=error.retry_after_seconds) from None
            raise


def bucket_of(method: str, path: str) -> Bucket:
    """Return which of Tradier's three buckets a call counts in (wire/tradier.md, 4).

    Whether changes and cancels of orders count as trading is not confirmed: they count there, with placing.
    """
    if path.startswith("/markets/"):
        return Bucket.MARKET_DATA
    return Bucket.STANDARD if method == "GET" else Bucket.TRADING
