"""Documented lags and quirks of Tradier (wire notes, 2, 6, 8 and 9), shown at random by seed.

Off unless asked for. What is shown follows from the seed and from what was asked, so that a simulation shows
the same again. A lag lasts for one look, whatever the clock does: a standing clock would never end it.
"""

import re
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from infra.local.emulators.brokerage.orders import Duration, Order, Status
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.serving.kept import Kept

Shown = dict[str, object]
DEFAULT_SHARE: Final = 0.3
#: Orders whose lags are over; older ones are as good as that.
LOOKS_KEPT: Final = 4096
_NUMBER: Final = re.compile(rb"(?<=[:\[,])(-?\d+\.\d+)(?=[,}\]])")
_ZEROS: Final = b"0" * 16
_EXTREMES: Final = ("open", "high", "low")


class Quirk(StrEnum):
    """What may be shown."""

    HIDDEN_GTC = "hidden_gtc"  # orders of an earlier day rest unseen, in the list and by id (LB, unconfirmed)
    LATE_PRICE = "late_price"  # `filled` is there before its price (LB)
    LATE_SIBLING = "late_sibling"  # an OCO's loser still open, and the parent with it (LB: 100-200 ms)
    PENDING_FIRST = "pending_first"  # an order in the session is `pending` before it is `open` (D25)
    NAN_BARS = "nan_bars"  # daily bars without open, high and low (V)
    NULL_GREEKS = "null_greeks"
    PADDED_NUMBERS = "padded_numbers"  # 17798.360000000000000000 (D19)
    UNKNOWN_FIELDS = "unknown_fields"  # keys that appear over time: lot_size, page


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Which quirks a world shows, and how often: `share` of what they could touch, from 0 to 1."""

    seed: int
    kinds: frozenset[Quirk] = frozenset()
    share: float = DEFAULT_SHARE
    #: How many looks lagged so far.
    lags: int = 0
    _looked: Kept[tuple[Quirk, int], bool] = field(default_factory=lambda: Kept(LOOKS_KEPT))

    def show(self, kinds: Collection[Quirk], share: float = DEFAULT_SHARE) -> None:
        """Show these from now on, and no others. Raises ValueError for a share that is none."""
        if not 0 < share <= 1:
            raise ValueError("share must be over 0 and at most 1")
        self.kinds, self.share = frozenset(kinds), share

    def hides(self, order: Order, now: datetime) -> bool:
        """Say whether a resting order of an earlier day is not shown."""
        if Quirk.HIDDEN_GTC not in self.kinds or not order.working:
            return False
        lasts = all(leg.duration is Duration.GTC for leg in order.trading_legs())
        is_old = max(new_york_date(order.created_at), new_york_date(order.changed_at)) < new_york_date(now)
        return lasts and is_old and self._chosen(Quirk.HIDDEN_GTC, str(order.order_id))

    def bend(self, body: object) -> object:
        """Return an answer of the interface as it is shown."""
        return self._bent(body) if self.kinds else body

    def bend_text(self, text: bytes) -> bytes:
        """Return an answer's JSON as it is written."""
        if Quirk.PADDED_NUMBERS not in self.kinds:
            return text
        return _NUMBER.sub(lambda found: found[1] + _ZEROS, text)

    def _bent(self, value: object) -> object:
        if isinstance(value, list):
            return [self._bent(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        shown: Shown = {str(key): self._bent(one) for key, one in value.items()}
        for fits, bend in _BENDS:
            if fits(shown):
                bend(self, shown)
        return shown

    def order(self, shown: Shown) -> None:
        """Let one order, or a leg, lag behind itself for a look."""
        if shown["status"] == Status.OPEN and self._first(Quirk.PENDING_FIRST, shown):
            shown["status"] = Status.PENDING
        is_priced = shown["status"] == Status.FILLED and "avg_fill_price" in shown
        if is_priced and self._first(Quirk.LATE_PRICE, shown):
            del shown["avg_fill_price"]
        legs = shown.get("leg")
        if shown.get("class") == "oco" and isinstance(legs, list) and shown["status"] == Status.FILLED:
            losers = [leg for leg in legs if leg["status"] == Status.CANCELED]
            if losers and self._first(Quirk.LATE_SIBLING, shown):
                shown["status"] = Status.OPEN
                for leg in losers:
                    leg |= {"status": Status.OPEN, "remaining_quantity": leg["quantity"]}
        if self._has(Quirk.UNKNOWN_FIELDS, str(shown["id"])):
            shown |= {"lot_size": 100, "page": 1}

    def bar(self, shown: Shown) -> None:
        """Take the extremes out of a daily bar."""
        if self._has(Quirk.NAN_BARS, f"{shown['date']} {shown['volume']}"):
            shown |= dict.fromkeys(_EXTREMES, "NaN")

    def quote(self, shown: Shown) -> None:
        """Take the Greeks out of a quote, or add a field."""
        symbol = str(shown["symbol"])
        if "greeks" in shown and self._has(Quirk.NULL_GREEKS, symbol):
            shown["greeks"] = None
        if self._has(Quirk.UNKNOWN_FIELDS, symbol):
            shown["lot_size"] = 100

    def _first(self, quirk: Quirk, shown: Shown) -> bool:
        """Say whether this is the one look at which an order lags."""
        key = (quirk, int(str(shown["id"])))
        if not self._has(quirk, str(shown["id"])) or self._looked.get(key):
            return False
        self.lags += 1
        return self._looked.keep(key, True)  # the value kept, no option

    def _has(self, quirk: Quirk, what: str) -> bool:
        return quirk in self.kinds and self._chosen(quirk, what)

    def _chosen(self, quirk: Quirk, what: str) -> bool:
        drawn = zlib.crc32(f"{self.seed} {quirk} {what}".encode())
        return drawn / 2**32 < self.share


#: What is which part of an answer, told by its keys.
_BENDS: Final[tuple[tuple[Callable[[Shown], bool], Callable[[Quirks, Shown], None]], ...]] = (
    (lambda shown: "create_date" in shown and "status" in shown, Quirks.order),
    (lambda shown: "date" in shown and "volume" in shown and "close" in shown, Quirks.bar),
    (lambda shown: "bid_date" in shown and "symbol" in shown, Quirks.quote),
)
