"""What trips safe_mode by itself, and what lifts it again (B-08): one scan after the other.

Only safe_mode trips by itself, and each cause is a row of its own: all have to lift. Counts are kept in the
rows and in the watch, handed in and out, so that a scan delivered twice counts once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import ClassVar, Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.desk.kill_switch.rows import (
    ITSELF,
    SCOPES,
    SwitchCause,
    SwitchMode,
    SwitchRow,
)
from chalicelib.domain.spelling import in_per_cent

CLEAR_FOR: Final = timedelta(minutes=10)
BLIND_SCANS: Final = 2
CLEAN_SCANS: Final = 3
#: A breach lifts only under this share of its limit, so that it does not flutter.
LIFTS_UNDER: Final = 0.95

_IN_TIME: Final = frozenset(
    {SwitchCause.VIX_BACKWARDATION, SwitchCause.MACRO_WINDOW, SwitchCause.MISSING_DATA}
)
_BREACHES: Final = frozenset({SwitchCause.CAP_BREACH, SwitchCause.VAR_BREACH})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFacts:
    """What one desk scan knows of the causes.

    `in_contango`: None is not known. `macro_window` names the window that is open. `unreadable` names the
    sources (VIX, quotes, broker, risk book) that could not be read. `cap_share` and `var_share` are figures
    over their limits, infinite where no limit would do, None where they are not known. `failure` says what
    could not be evaluated.
    """

    scan_at: datetime
    in_contango: bool | None = None
    macro_window: str | None = None
    unreadable: tuple[str, ...] = ()
    daily_loss_reached: bool = False
    cap_share: float | None = None
    var_share: float | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A source that could not be read on so many scans running."""

    STORED_AS_LIST: ClassVar = True

    source: str
    scans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is counted before anything trips."""

    blind: tuple[Blind, ...] = ()
    scan_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchUpdate:
    """The rows after a scan, which of them are new, which were lifted, and the watch to store."""

    rows: tuple[SwitchRow, ...]
    watch: Watch
    tripped: tuple[SwitchRow, ...] = ()
    lifted: tuple[SwitchRow, ...] = ()


def after_scan(
    rows: Iterable[SwitchRow], watch: Watch, facts: ScanFacts, calendar: MarketCalendar
) -> SwitchUpdate:
    """Return what a scan makes of the switch; the same scan again changes nothing."""
    rows = tuple(rows)
    if watch.scan_at is not None and facts.scan_at <= watch.scan_at:
        return SwitchUpdate(rows=rows, watch=watch)
    seen = Watch(blind=_blind(watch, facts), scan_at=facts.scan_at)
    standing = _standing(seen, facts)
    kept: list[SwitchRow] = []
    lifted: list[SwitchRow] = []
    for row in rows:
        counted = _counted(row, standing, facts)
        (lifted if _is_over(counted, standing, facts, calendar) else kept).append(counted)
    known = {row.cause for row in kept}
    tripped = tuple(
        _trip(cause, detail, facts.scan_at) for cause, detail in standing.items() if cause not in known
    )
    return SwitchUpdate(rows=(*kept, *tripped), watch=seen, tripped=tripped, lifted=tuple(lifted))


def _blind(watch: Watch, facts: ScanFacts) -> tuple[Blind, ...]:
    before = {one.source: one.scans for one in watch.blind}
    return tuple(Blind(source=name, scans=before.get(name, 0) + 1) for name in facts.unreadable)


def _standing(watch: Watch, facts: ScanFacts) -> Mapping[SwitchCause, str]:
    """Return the causes that stand at this scan with what is said of them."""
    blind = [one.source for one in watch.blind if one.scans >= BLIND_SCANS]
    said = {
        SwitchCause.VIX_BACKWARDATION: "VIX is not below VIX3M" if facts.in_contango is False else None,
        SwitchCause.MACRO_WINDOW: facts.macro_window,
        SwitchCause.MISSING_DATA: f"{', '.join(blind)} cannot be read" if blind else None,
        SwitchCause.DAILY_LOSS: "the day's loss has reached its limit" if facts.daily_loss_reached else None,
        SwitchCause.CAP_BREACH: _beyond("the book", facts.cap_share),
        SwitchCause.VAR_BREACH: _beyond("value at risk", facts.var_share),
        SwitchCause.EVALUATION_FAILED: facts.failure,
    }
    return {cause: detail for cause, detail in said.items() if detail is not None}


def _beyond(what: str, share: float | None) -> str | None:
    if share is None or share <= 1:
        return None
    if share == inf:
        return f"{what} cannot be worked out"
    return f"{what} is at {in_per_cent(share * 100)} of its limit"


def _trip(cause: SwitchCause, detail: str, at: datetime) -> SwitchRow:
    return SwitchRow(
        scope=SCOPES[cause],
        mode=SwitchMode.SAFE_MODE,
        cause=cause,
        detail=detail,
        set_by=ITSELF,
        set_at=at,
    )


def _counted(row: SwitchRow, standing: Mapping[SwitchCause, str], facts: ScanFacts) -> SwitchRow:
    """Count a scan towards a row's lifting, or begin anew where its cause may still stand."""
    if not _is_clear(row.cause, standing, facts):
        return replace(row, clear_since=None, clean_scans=0)
    return replace(
        row,
        clear_since=row.clear_since or facts.scan_at,
        clean_scans=row.clean_scans + 1,
    )


def _is_clear(cause: SwitchCause, standing: Mapping[SwitchCause, str], facts: ScanFacts) -> bool:
    """Say whether a cause is known to be gone: what cannot be told is not."""
    match cause:
        case SwitchCause.VIX_BACKWARDATION:
            return facts.in_contango is True
        case SwitchCause.MISSING_DATA:
            return not facts.unreadable
        case _:
            return cause not in standing


def _is_over(
    row: SwitchRow, standing: Mapping[SwitchCause, str], facts: ScanFacts, calendar: MarketCalendar
) -> bool:
    if row.cause in _IN_TIME:
        return row.clear_since is not None and facts.scan_at - row.clear_since >= CLEAR_FOR
    if row.cause in _BREACHES:
        share = facts.cap_share if row.cause is SwitchCause.CAP_BREACH else facts.var_share
        return share is not None and share < LIFTS_UNDER
    if row.cause is SwitchCause.EVALUATION_FAILED:
        return row.clean_scans >= CLEAN_SCANS
    if row.cause is SwitchCause.DAILY_LOSS:
        today = new_york_date(facts.scan_at)
        is_later = today > new_york_date(row.set_at) and calendar.is_trading_day(today)
        return is_later and row.cause not in standing
    return False
