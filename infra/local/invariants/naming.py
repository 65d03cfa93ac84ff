"""Which of a broker's orders is which of ours, and which kind of money an account holds.

Tradier and tastytrade keep our tag as it was sent. Interactive Brokers keeps it within a longer reference.
Schwab has no place for it: there an order is the one that was stored as sent last before it arrived, of the
same contracts and size. An account has one worker at a time (I-20), so none can come between the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from infra.local.invariants.rows import OrderRow
from infra.local.invariants.truth import TruthAccount, TruthOrder

SCHWAB: Final = "SCHWAB_LIVE"
IBKR_PAPER: Final = "IBKR_PAPER"
IBKR_LIVE: Final = "IBKR_LIVE"
#: Accounts of one host whose names tell the kind of money.
_PAPER_AT_IBKR: Final = "DU"
#: Stands between our tag and what Interactive Brokers is told beside it.
_END_OF_TAG: Final = "_"
#: What is stored as sent has left, or its worker is dead.
_ON_ITS_WAY_MAX: Final = timedelta(seconds=90)
#: The emulators' own record is to the millisecond.
_ROUNDING: Final = timedelta(milliseconds=1)
#: Contracts, or shares, by symbol and whether they are bought, with how many.
Terms = frozenset[tuple[str, bool, Decimal]]


def mode_of(mode: str, account_id: str) -> str:
    """Return the mode of an account at the emulator that stands for `mode`: one host may have two kinds."""
    is_live = mode == IBKR_PAPER and not account_id.startswith(_PAPER_AT_IBKR)
    return IBKR_LIVE if is_live else mode


def with_our_tags(account: TruthAccount, sent: Sequence[OrderRow]) -> TruthAccount:
    """Return an account with our tags on its orders; `sent` are the product's orders of that account."""
    if account.mode in {IBKR_PAPER, IBKR_LIVE}:
        return replace(account, orders=tuple(_shortened(one) for one in account.orders))
    if account.mode != SCHWAB:
        return account
    terms = _terms_by_tag(sent)
    orders = (
        one if one.order_id in account.by_hand else replace(one, tag=_tag_by_terms(one, terms))
        for one in account.orders
    )
    return replace(account, orders=tuple(orders))


def _shortened(order: TruthOrder) -> TruthOrder:
    return order if order.tag is None else replace(order, tag=order.tag.partition(_END_OF_TAG)[0])


def _terms_by_tag(sent: Sequence[OrderRow]) -> Mapping[str, tuple[datetime, Terms]]:
    found: dict[str, tuple[datetime, Terms]] = {}
    for order in sent:
        if order.submitted_at is not None:
            found[order.tag] = (order.submitted_at, _terms_of_row(order))
    return found


def _terms_of_row(order: OrderRow) -> Terms:
    if not order.legs:
        return frozenset({(order.symbol, _buys(order.side), order.quantity)})
    return frozenset(
        (str(leg["symbol"]), _buys(str(leg["side"])), order.quantity * int(leg["ratio"]))
        for leg in order.legs
    )


def _buys(side: str) -> bool:
    """Say which way a side goes; of shares the broker has other words."""
    return side.startswith("buy")


def _tag_by_terms(order: TruthOrder, sent: Mapping[str, tuple[datetime, Terms]]) -> str | None:
    """Return the tag of what was sent last before an order arrived, None where nothing fits."""
    asked = frozenset((leg.symbol, _buys(leg.side), leg.quantity) for leg in order.trading())
    latest = order.created_at + _ROUNDING
    fitting = [
        (at, tag)
        for tag, (at, terms) in sent.items()
        if terms == asked and latest - _ON_ITS_WAY_MAX <= at <= latest
    ]
    return max(fitting)[1] if fitting else None
