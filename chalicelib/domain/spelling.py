"""How figures stand in what owners are told, as on the page: `$698.60`, `+$12.00`, `0.8%`, `Feb 19, 2026`.

Money is dollars and is shown to the cent; what is rounded to nothing has no sign.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import to_cents

_MINUS: Final = "\N{MINUS SIGN}"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_dollars(amount: Decimal) -> str:
    """Return `$1,234.50`, below nothing `−$12.00`."""
    cents = to_cents(amount)
    return f"{_MINUS if cents < 0 else ''}${abs(cents):,.2f}"


def as_result(amount: Decimal) -> str:
    """Return a profit or a loss with its sign: `+$12.00`, `−$12.00`, `$0.00`."""
    return f"{'+' if to_cents(amount) > 0 else ''}{in_dollars(amount)}"


def as_coins_result(amount: Decimal) -> str:
    """Return the same in a coin account's money: `+12.00 USDT`."""
    return f"{as_result(amount).replace('$', '')} USDT"


def as_price(price: Decimal) -> str:
    """Return a price per share or coin, at least to the cent: `96,096.00`, `0.0123`, for a credit `−1.30`."""
    whole, _, parts = f"{abs(price).normalize():,f}".partition(".")
    return f"{_MINUS if price < 0 else ''}{whole}.{parts:0<2}"


def in_per_cent(value: Decimal | float, digits: int = 1) -> str:
    """Return `12.5%` of what is told in per cent already."""
    text = f"{abs(value):.{digits}f}"
    return f"{_MINUS if value < 0 and text.strip('0.') else ''}{text}%"


def as_day(day: date) -> str:
    """Return `Feb 19, 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
