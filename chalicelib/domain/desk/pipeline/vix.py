"""Which VIX is in force: the quote, or yesterday's stored close for one session without one (B-02)."""

from dataclasses import dataclass

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.pipeline.facts import Facts, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class VixInForce:
    """The value that is judged by; `is_stand_in`: it is the close of the session before."""

    value: float
    is_stand_in: bool = False


def vix_in_force(facts: Facts, limit_s: float) -> VixInForce | None:
    """Return today's fresh quote, else the stored close of the session just before, else None.

    A close of an earlier session is missing data: what stood in once may not stand in twice. A quote that is
    still yesterday's is no quote of today.
    """
    if facts.vix is not None and _is_todays(facts, facts.vix, limit_s):
        return VixInForce(value=facts.vix.value)
    close = facts.vix_close
    if close is None or facts.previous_session is None or close.day != facts.previous_session:
        return None
    return VixInForce(value=close.value, is_stand_in=True)


def vix3m_in_force(facts: Facts, limit_s: float) -> float | None:
    """Return today's fresh VIX3M; nothing stands in for it."""
    reading = facts.vix3m
    return reading.value if reading is not None and _is_todays(facts, reading, limit_s) else None


def _is_todays(facts: Facts, reading: Reading, limit_s: float) -> bool:
    same_day = new_york_date(reading.at) == new_york_date(facts.at)
    return same_day and reading.value > 0 and reading.is_fresh(facts.at, limit_s)
