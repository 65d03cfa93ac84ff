"""Which expiries and strikes are listed, by the rules of local.md, "The simulated market"."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.occ import Contract
from infra.local.emulators.market.sessions import (
    FRIDAY,
    Session,
    is_trading_day,
    session_before,
    session_on,
    trading_days,
)

WEEKS_LISTED: Final = 8
MONTHS_LISTED: Final = 12
DAILY_SPAN: Final = timedelta(days=14)
LOWEST: Final = 0.7
HIGHEST: Final = 1.3
DENSE: Final = 0.04
MIDDLE: Final = 0.15


def trading_day_on_or_before(day: date) -> date:
    """Return the day itself, or the last trading day before it: expiries move ahead of holidays."""
    while not is_trading_day(day):
        day -= timedelta(days=1)
    return day


def third_friday(year: int, month: int) -> date:
    """Return the third Friday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def is_monthly(expiry: date) -> bool:
    """Say whether an expiry is its month's standard one."""
    return expiry == trading_day_on_or_before(third_friday(expiry.year, expiry.month))


def roots_on(instrument: Instrument, expiry: date) -> tuple[str, ...]:
    """Return the roots of what expires on a date: an index has both on its month's standard one."""
    return instrument.roots if is_monthly(expiry) else instrument.roots[-1:]


def last_session(contract: Contract) -> Session | None:
    """Return the last session in which a contract trades: the one before its expiry if that settles it."""
    if contract.settles_at_open:
        return session_before(contract.expiry)
    return session_on(contract.expiry)


@lru_cache(maxsize=1024)
def expiries(on: date, *, daily: bool) -> tuple[date, ...]:
    """Return the expiries listed on a date, ascending, that date's own included."""
    friday = on + timedelta(days=(FRIDAY - on.weekday()) % 7)
    found = {trading_day_on_or_before(friday + timedelta(weeks=week)) for week in range(WEEKS_LISTED + 1)}
    for month in range(MONTHS_LISTED + 1):
        years, index = divmod(on.month - 1 + month, 12)
        found.add(trading_day_on_or_before(third_friday(on.year + years, index + 1)))
    if daily:
        found.update(trading_days(on, on + DAILY_SPAN))
    return tuple(sorted(expiry for expiry in found if expiry >= on))


def strikes(instrument: Instrument, references: Iterable[float]) -> Array:
    """Return the strikes listed around the given spot prices, ascending.

    Multiples of fixed steps, so a further reference only ever adds strikes: what is listed stays listed.
    """
    bands = (
        (DENSE, instrument.dense_step),
        (MIDDLE, instrument.middle_step),
        (1.0, instrument.wide_step),
    )
    found: set[float] = set()
    for spot in references:
        for reach, step in bands:
            low = max(LOWEST, 1 - reach) * spot
            high = min(HIGHEST, 1 + reach) * spot
            found.update((np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step).tolist())
    return np.array(sorted(strike for strike in found if strike > 0))
