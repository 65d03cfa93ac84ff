"""What came into an account of coins, or left it, outside of every trade: seen, believed, told once. Pure.

An account's owner pays in and out and trades by hand beside us (C-06). None of it is a trade's result, and
what a trade lacks is `books`' subject; this follows what the account holds beyond our trades.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO

#: What is worth less at once is fees in other assets and dust; it goes unsaid.
LEAST_WORTH: Final = Decimal(5)
#: Two looks so far apart have to agree: an order may have filled between two calls of one.
APART: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What an account holds of an asset beyond our trades, and a piece's price in USDT, None: not known."""

    quantity: Decimal
    price: Decimal | None

    def is_little(self, quantity: Decimal) -> bool:
        """Say whether so much of it is too little to tell of; what has no price is told of in any case."""
        return quantity == 0 or (self.price is not None and abs(quantity) * self.price < LEAST_WORTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Another quantity than what is known, that all looks since `since` agreed on."""

    quantity: Decimal
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known to be an account's owner's, by asset, and what was seen since."""

    quantities: Mapping[str, Decimal]
    seen: Mapping[str, Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came in, or left (below 0), and what it is worth in USDT, None: not known."""

    asset: str
    quantity: Decimal
    worth: Decimal | None


def moved(
    before: Known | None, now: Mapping[str, Held], unsure: Collection[str], at: datetime
) -> tuple[Known, list[Moved]]:
    """Return what is known after a look, and what two looks a minute apart have shown.

    What is `unsure`, since an order or a loss that is not settled may explain it, stays as it was.
    """
    if before is None:  # the first look
        sure = {asset: one.quantity for asset, one in now.items() if asset not in unsure}
        return Known(quantities=sure, seen={}), []
    quantities = dict(before.quantities)
    seen: dict[str, Seen] = {}
    told = []
    for asset in sorted(before.quantities.keys() | now.keys()):
        held = now.get(asset, Held(quantity=ZERO, price=None))
        last = before.seen.get(asset)
        if asset in unsure:
            seen |= {} if last is None else {asset: last}
            continue
        off = held.quantity - quantities.get(asset, ZERO)
        if held.is_little(off):
            quantities[asset] = held.quantity
        elif last is None or not held.is_little(held.quantity - last.quantity):
            seen[asset] = Seen(quantity=held.quantity, since=at)
        elif at - last.since < APART:
            seen[asset] = last
        else:
            quantities[asset] = held.quantity
            worth = None if held.price is None else abs(off) * held.price
            told.append(Moved(asset=asset, quantity=off, worth=worth))
    return Known(quantities={name: one for name, one in quantities.items() if one}, seen=seen), told
