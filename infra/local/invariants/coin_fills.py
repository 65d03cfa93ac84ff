"""What fills of coins on paper, held against the market itself: I-15, I-16 by the words of C-05."""

from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.paper_rows import PaperFillRow
from infra.local.invariants.view import View

#: A market order slips against us by so much of the last price, at the calmest and at the wildest.
SLIPS: Final = (Decimal("0.0005"), Decimal("0.001"))
FEE: Final = Decimal("0.001")
#: How old a last price may be that fills, waits inside a call included.
AGE_MAX: Final = timedelta(seconds=140)
_MINUTE: Final = timedelta(minutes=1)
_ATOM: Final = Decimal("0.00000001")
#: Pairs that cost little have finer prices.
_FINE_BELOW: Final = Decimal(10)
_FINE_TICK, _TICK = Decimal("0.0001"), Decimal("0.01")
BY_MINUTE: Final = "minute"


def check_coin_fill(view: View, fill: PaperFillRow, findings: Findings) -> None:
    """Check one fill: its price by its rule, its fee of 0.1 %."""
    text = f"{fill.quantity} {fill.symbol} {'bought' if fill.is_buy else 'sold'} on paper at {fill.price}"
    fee = (fill.quantity * fill.price * FEE).quantize(_ATOM)
    findings.check(16, abs(fill.fees - fee) <= _ATOM, f"{text}, fees {fill.fees}, not {fee}")
    if fill.fill_rule.startswith(BY_MINUTE):
        _check_by_minute(view, fill, text, findings)
    else:
        _check_at_market(view, fill, text, findings)


def _check_at_market(view: View, fill: PaperFillRow, text: str, findings: Findings) -> None:
    age = fill.filled_at - fill.quoted_at
    findings.check(15, abs(age) <= AGE_MAX, f"{text} at {fill.filled_at} by a price of {fill.quoted_at}")
    ways = [_market_price(view, fill, slip, back) for slip in SLIPS for back in (0, 1)]
    least, most = min(ways), max(ways)
    if fill.type == "limit" and fill.limit_price is not None:
        least, most = min(least, fill.limit_price), max(most, fill.limit_price)
        kept = fill.price <= fill.limit_price if fill.is_buy else fill.price >= fill.limit_price
        findings.check(16, kept, f"{text}, its limit was {fill.limit_price}")
    fair = least <= fill.price <= most
    findings.check(16, fair, f"{text} at {fill.quoted_at}, at market {least} to {most} were due")


def _market_price(view: View, fill: PaperFillRow, slip: Decimal, back: int) -> Decimal:
    """Return what a market order pays or gets, by the last price of the second or of the one before it."""
    last = view.coin_price(fill.symbol, fill.quoted_at - timedelta(seconds=back))
    tick = _FINE_TICK if last < _FINE_BELOW else _TICK
    slipped = last * (1 + slip) if fill.is_buy else last * (1 - slip)
    return (slipped / tick).to_integral_value(ROUND_CEILING if fill.is_buy else ROUND_FLOOR) * tick


def _check_by_minute(view: View, fill: PaperFillRow, text: str, findings: Findings) -> None:
    """A stop at the worse of its price and the open, all else at its price, in a minute that was there."""
    minute = view.coin_minute(fill.symbol, fill.filled_at - _MINUTE)
    shown = f"{text} in a minute of {minute.low} to {minute.high} from {minute.opening}"
    if fill.type == "stop":
        stop = fill.stop_price
        assert stop is not None
        reached = minute.high >= stop if fill.is_buy else minute.low <= stop
        due = max(stop, minute.opening) if fill.is_buy else min(stop, minute.opening)
    else:
        due = fill.limit_price or Decimal(0)
        reached = minute.low <= due if fill.is_buy else minute.high >= due
    findings.check(16, reached and fill.price == due, f"{shown}: {due} was due")
