"""What fills on paper, held against the market itself: I-15, I-16, and each leg of a structure (I-38)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from infra.local.emulators.market.occ import parse
from infra.local.invariants.coin_fills import check_coin_fill
from infra.local.invariants.findings import Findings
from infra.local.invariants.hours import can_trade, is_coin
from infra.local.invariants.paper_rows import PaperFillRow
from infra.local.invariants.view import Touch, View

ZERO: Final = Decimal(0)
AGE_MAX: Final = timedelta(seconds=120)
CALL_MAX: Final = timedelta(seconds=20)
#: Shares are priced by their owner's own token, and the sandbox's quotes are known to be late.
DELAY_OF_SHARES: Final = timedelta(minutes=15)


def check_paper_fills(view: View, fills: Sequence[PaperFillRow], findings: Findings) -> None:
    """Check fills that were not looked at before; those of a combined order by what their legs net."""
    combined: dict[tuple[UUID, datetime], list[PaperFillRow]] = {}
    for fill in fills:
        if is_coin(fill.symbol):
            check_coin_fill(view, fill, findings)
            continue
        touch = _check_fill(view, fill, findings)
        if fill.legs:
            combined.setdefault((fill.order_id, fill.filled_at), []).append(fill)
        elif touch is not None:
            _check_price(fill, touch, findings)
    for legs in combined.values():
        _check_net(view, legs, findings)


def _check_fill(view: View, fill: PaperFillRow, findings: Findings) -> Touch | None:
    """I-15: the quote was of an open market and fresh; I-16: no more than was shown."""
    in_session = can_trade([fill.symbol], fill.filled_at)
    findings.check(15, in_session, f"paper fill of {fill.symbol} in a shut market")
    # Shares are quoted to the millisecond, while a call that stamps its fills is under way.
    are_shares = parse(fill.symbol) is None
    early = CALL_MAX if are_shares else timedelta(0)
    delay = DELAY_OF_SHARES if are_shares else view.quote_delay
    fresh = -early <= fill.filled_at - fill.quoted_at <= AGE_MAX + delay
    text = f"paper fill of {fill.symbol} at {fill.filled_at} by a quote of {fill.quoted_at}"
    findings.check(15, fresh, text)
    touch = view.touch_at(fill.symbol, fill.quoted_at)
    if touch is None:
        findings.check(15, False, f"paper fill of {fill.symbol}, which the market does not know")
        return None
    size = touch.ask_size if fill.is_buy else touch.bid_size
    text = f"{fill.quantity} of {fill.symbol} {_verb(fill)} on paper, {size} were shown"
    # A wing that nobody bids for goes for nothing; of shares the product is told no sizes.
    is_bounded = fill.price > 0 and parse(fill.symbol) is not None
    findings.check(16, not is_bounded or fill.quantity <= size, text)
    return touch


def _check_price(fill: PaperFillRow, touch: Touch, findings: Findings) -> None:
    """I-16: at the opposite side or worse, and never beyond the limit."""
    fair = fill.price >= touch.ask > 0 if fill.is_buy else 0 < fill.price <= touch.bid
    if fill.type == "limit" and not fair:  # a resting limit fills at its own price once it is reached
        fair = touch.bid >= fill.price if not fill.is_buy else 0 < touch.ask <= fill.price
    shown = f"the market showed {touch.bid} to {touch.ask}"
    text = f"{fill.symbol} {_verb(fill)} on paper at {fill.price}, {shown}"
    findings.check(16, fair, text)
    if fill.type == "limit" and fill.limit_price is not None:
        kept = fill.price <= fill.limit_price if fill.is_buy else fill.price >= fill.limit_price
        findings.check(16, kept, f"{text}, its limit was {fill.limit_price}")


def _check_net(view: View, fills: Sequence[PaperFillRow], findings: Findings) -> None:
    """I-16, I-38: all legs fill at one moment, at no better than what the market asked for them in sum."""
    first = fills[0]
    ratios = {str(leg["symbol"]): int(leg["ratio"]) for leg in first.legs}
    units = {fill.symbol: fill.quantity / ratios[fill.symbol] for fill in fills if fill.symbol in ratios}
    whole = units.keys() == ratios.keys() and len(set(units.values())) == 1 and len(fills) == len(units)
    text = f"{[(fill.symbol, fill.quantity) for fill in fills]} filled on paper of {ratios}"
    if not findings.check(38, whole, text):
        return
    paid = natural = ZERO
    for fill in fills:
        touch = view.touch_at(fill.symbol, fill.quoted_at)
        if touch is None:
            return
        way = ratios[fill.symbol] if fill.is_buy else -ratios[fill.symbol]
        paid += way * fill.price
        natural += way * (touch.ask if fill.is_buy else touch.bid)
    limit = first.limit_price
    rested = limit is not None and paid == limit and natural <= limit
    text = f"{sorted(ratios)} filled on paper at {paid} net, the market asked {natural}, limit {limit}"
    findings.check(16, paid >= natural or rested, text)
    findings.check(16, limit is None or paid <= limit, text)


def _verb(fill: PaperFillRow) -> str:
    return "bought" if fill.is_buy else "sold"
