"""The kill switch as rows, and what they stop (B-08). No row is off; what cannot be read counts as set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.domain.desk.stored import from_json
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import Originator


class SwitchMode(StrEnum):
    """What is in force: nothing; no new entries; no new entries and everything flattened."""

    OFF = "off"
    SAFE_MODE = "safe_mode"
    HARD_STOP = "hard_stop"


class SwitchScope(StrEnum):
    """Whose entries a row stops: a user's desk, all of a user's, everybody's."""

    DESK = "desk"
    USER = "user"
    GLOBAL = "global"


class SwitchCause(StrEnum):
    """Why a row was set."""

    PERSON = "person"
    VIX_BACKWARDATION = "vix_backwardation"
    MACRO_WINDOW = "macro_window"
    MISSING_DATA = "missing_data"
    DAILY_LOSS = "daily_loss"
    CAP_BREACH = "cap_breach"
    VAR_BREACH = "var_breach"
    EVALUATION_FAILED = "evaluation_failed"
    UNREADABLE = "unreadable"


SCOPES: Final[Mapping[SwitchCause, SwitchScope]] = {
    SwitchCause.VIX_BACKWARDATION: SwitchScope.DESK,
    SwitchCause.MACRO_WINDOW: SwitchScope.DESK,
    SwitchCause.MISSING_DATA: SwitchScope.DESK,
    SwitchCause.DAILY_LOSS: SwitchScope.USER,
    SwitchCause.CAP_BREACH: SwitchScope.DESK,
    SwitchCause.VAR_BREACH: SwitchScope.DESK,
    SwitchCause.EVALUATION_FAILED: SwitchScope.DESK,
}
LIFTS_WHEN: Final[Mapping[SwitchCause, str]] = {
    SwitchCause.PERSON: "a person resets it",
    SwitchCause.VIX_BACKWARDATION: "contango for ten minutes",
    SwitchCause.MACRO_WINDOW: "the window has been over for ten minutes",
    SwitchCause.MISSING_DATA: "everything has been readable for ten minutes",
    SwitchCause.DAILY_LOSS: "the next trading day",
    SwitchCause.CAP_BREACH: "the figure is under 95 % of its limit",
    SwitchCause.VAR_BREACH: "the figure is under 95 % of its limit",
    SwitchCause.EVALUATION_FAILED: "three clean scans",
    SwitchCause.UNREADABLE: "it can be read",
}
#: Who sets what trips by itself.
ITSELF: Final = "papertape"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """One cause in force; `clear_since` and `clean_scans` count towards its lifting."""

    scope: SwitchScope
    mode: SwitchMode
    cause: SwitchCause
    detail: str
    set_by: str
    set_at: datetime
    clear_since: datetime | None = None
    clean_scans: int = 0

    @property
    def known_since(self) -> datetime | None:
        """Return when it was set; None where that cannot be read."""
        return None if self.cause is SwitchCause.UNREADABLE else self.set_at

    @property
    def lifts_when(self) -> str:
        """Say in words what ends it."""
        return LIFTS_WHEN[self.cause]


def read_rows(stored: Sequence[JsonValue] | None) -> tuple[SwitchRow, ...]:
    """Read stored rows; one that cannot be read, and rows that could not be fetched, count as set."""
    if stored is None:
        return (_unreadable("the switch could not be read"),)
    return tuple(_read(one) for one in stored)


def _read(stored: JsonValue) -> SwitchRow:
    try:
        return from_json(SwitchRow, stored)
    except (KeyError, TypeError, ValueError):
        return _unreadable("a row of the switch could not be read")


def _unreadable(detail: str) -> SwitchRow:
    return SwitchRow(
        scope=SwitchScope.USER,
        mode=SwitchMode.SAFE_MODE,
        cause=SwitchCause.UNREADABLE,
        detail=detail,
        set_by=ITSELF,
        set_at=datetime.min.replace(tzinfo=UTC),
    )


def set_by_person(
    mode: SwitchMode, reason: str, person: str, at: datetime, *, everywhere: bool = False
) -> SwitchRow:
    """Return the row that a person sets: for all of the user's originators, or everybody's."""
    return SwitchRow(
        scope=SwitchScope.GLOBAL if everywhere else SwitchScope.USER,
        mode=mode,
        cause=SwitchCause.PERSON,
        detail=reason,
        set_by=person,
        set_at=at,
    )


def mode_of(rows: Iterable[SwitchRow]) -> SwitchMode:
    """Return the hardest mode in force."""
    modes = {row.mode for row in rows}
    return next(
        (mode for mode in (SwitchMode.HARD_STOP, SwitchMode.SAFE_MODE) if mode in modes), SwitchMode.OFF
    )


def stopping(rows: Iterable[SwitchRow], originator: Originator) -> SwitchRow | None:
    """Return the row that stops an entry of this originator, the hardest first; None: it may go on.

    Exits are never asked.
    """
    concerned = [row for row in rows if originator is Originator.DESK or row.scope is not SwitchScope.DESK]
    return min(concerned, key=lambda row: row.mode is not SwitchMode.HARD_STOP, default=None)


def after_reset(rows: Iterable[SwitchRow], *, is_operator: bool) -> tuple[SwitchRow, ...]:
    """Return what a reset leaves: the global row unless the operator resets it."""
    return tuple(row for row in rows if row.scope is SwitchScope.GLOBAL and not is_operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatness:
    """Whether everything is flat, and what the broker still shows: quantities by symbol."""

    flat: bool
    left: tuple[tuple[str, Decimal], ...] = ()


def flatness(positions: Mapping[str, Decimal] | None, working_orders: int | None) -> Flatness:
    """Say whether the broker shows no position and no working order; unreadable (None) is not flat."""
    left = tuple(sorted((symbol, count) for symbol, count in (positions or {}).items() if count))
    return Flatness(flat=positions is not None and working_orders == 0 and not left, left=left)


def flat_together(accounts: Iterable[Flatness]) -> Flatness:
    """Say whether all accounts are flat, and what they show together, each contract in one line."""
    seen = list(accounts)
    counts: dict[str, Decimal] = {}
    for symbol, count in (pair for one in seen for pair in one.left):
        counts[symbol] = counts.get(symbol, Decimal(0)) + count
    return Flatness(flat=all(one.flat for one in seen), left=tuple(sorted(counts.items())))
