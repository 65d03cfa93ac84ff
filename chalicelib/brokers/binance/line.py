"""The way to one of Binance's hosts: weights by address, bans, and what no answer there may mean (wire, 3).

The vendor counts weights per address; our window counts them two by two, since hardly a call weighs less, for
all functions together, whatever address each has.
"""

from datetime import UTC, datetime, timedelta
from re import search
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, Urgency, token_key
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import OutcomeUnknown, RateLimited
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine

VENDOR: Final = "Binance"
#: What the vendor allows an address in a minute, and what of it we leave to others behind the same one.
WEIGHT_A_MINUTE: Final = 6000
WEIGHT_LEFT_ALONE: Final = 600
WEIGHT_OF_ONE: Final = 2
#: A ban that does not say how long it holds (C-13).
BAN_SECONDS: Final = 60.0
BANNED: Final = frozenset({418, 429})
NOT_HERE: Final = "Binance is not available from this region"
_REPEATED: Final = frozenset({500, 502, 503, 504})
_MILLISECONDS: Final = 1000
_MINUTE: Final = timedelta(minutes=1)
_REGION: Final = 451
_WALLED: Final = 403
_TOO_MANY_ORDERS: Final = '"code":-1015'


class BinanceLine:
    """Calls from this address to one host."""

    def __init__(
        self,
        base_url: str,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self._key = token_key(base_url)
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

    def call(
        self, request: HttpRequest, *, urgency: Urgency, weight: int, orders_key: str | None = None
    ) -> HttpReply:
        """Send; returns an answer that the exchange itself gave, be it a refusal.

        `orders_key` names the window of who places orders. Raises RateLimited where it asks us to stay away
        (the whole address, or that account's orders), Refused where it is not to be had from here,
        OutcomeUnknown for 5xx, and what the line raises.
        """
        if orders_key is not None:
            self._budget.check([orders_key], urgency, at=self._clock.now())
        reply = self._line.call(request, urgency=urgency, weight=-(-weight // WEIGHT_OF_ONE))
        now = self._clock.now()
        self._note_weight(reply, now)
        if reply.status in BANNED:
            is_of_orders = orders_key is not None and _TOO_MANY_ORDERS in reply.text.replace(" ", "")
            raise self._banned(reply, now, orders_key if is_of_orders and orders_key else self._key)
        if reply.status == _REGION:
            raise Refused(NOT_HERE)
        if reply.status == _WALLED:
            raise Refused("Binance's firewall refused the request (status 403)")
        if not 200 <= reply.status < 500:
            raise OutcomeUnknown(f"Binance answered with status {reply.status}")
        return reply

    def check_room(self, urgency: Urgency, orders_key: str) -> None:
        """Raise BudgetSpent where a call, or an order, would be refused now; counts nothing."""
        self._budget.check([self._key, orders_key], urgency, at=self._clock.now())

    def stay_away_from_orders(self, orders_key: str, until: datetime) -> None:
        """Have nobody place orders of this account for a while."""
        self._budget.close(orders_key, until=until)

    def _note_weight(self, reply: HttpReply, now: datetime) -> None:
        """Fill our window up where others used the address's weight too."""
        used = reply.headers.get("x-mbx-used-weight-1m", "")
        if used.isdecimal() and len(used) < 10:
            left = (WEIGHT_A_MINUTE - WEIGHT_LEFT_ALONE - int(used)) // WEIGHT_OF_ONE
            ends_at = now.replace(second=0, microsecond=0) + _MINUTE
            self._budget.vendor_left(self._key, max(left, 0), at=now, ends_at=ends_at)

    def _banned(self, reply: HttpReply, now: datetime, window: str) -> RateLimited:
        """Stay away, all of us, as long as the vendor says: by its header, else its text, else a minute."""
        until = now + timedelta(seconds=BAN_SECONDS)
        asked = reply.headers.get("retry-after", "")
        told = search(r"banned until ([0-9]{13})\b", reply.text)
        if asked.isdecimal() and len(asked) < 7:
            until = now + timedelta(seconds=max(1, int(asked)))
        elif told is not None:
            until = max(now, datetime.fromtimestamp(int(told[1]) / _MILLISECONDS, UTC))
        self._budget.close(window, until=until)
        seconds = (until - now).total_seconds()
        return RateLimited("Binance asks us to stay away for a while", retry_after_seconds=seconds)
