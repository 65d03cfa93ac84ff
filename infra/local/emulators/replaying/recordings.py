"""Which days of which underlyings are recorded, and the minute of a day that stands at an instant."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final

from infra.local.emulators.market.paths import session_required
from infra.local.emulators.market.sessions import Session, current_or_last
from infra.local.emulators.replaying.replay_files import RecordedDay, load_day, recorded_days

MINUTE: Final = 60


class Recordings:
    """The recorded days under `root`, each read when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._recorded = recorded_days(root)
        self._days: dict[tuple[str, date], RecordedDay] = {}

    def symbols(self) -> Iterable[str]:
        """Return every underlying recorded."""
        return self._recorded

    def has(self, symbol: str, day: date) -> bool:
        """Say whether a day of an underlying is recorded."""
        return day in self._recorded.get(symbol, ())

    def load(self, symbol: str, day: date) -> RecordedDay:
        """Return a day that is recorded."""
        key = (symbol, day)
        if key not in self._days:
            self._days[key] = load_day(self._root, symbol, session_required(day))
        return self._days[key]

    def on_or_before(self, symbol: str, on: date) -> RecordedDay | None:
        """Return the last day recorded up to a date (inclusive)."""
        earlier = [day for day in self._recorded.get(symbol, ()) if day <= on]
        return self.load(symbol, earlier[-1]) if earlier else None

    def before(self, symbol: str, day: date) -> RecordedDay | None:
        """Return the last day recorded before a date of a recorded underlying."""
        earlier = [known for known in self._recorded[symbol] if known < day]
        return self.load(symbol, earlier[-1]) if earlier else None

    def at(self, symbol: str, at: datetime) -> tuple[RecordedDay, int] | None:
        """Return the day that is shown at an instant, and its minute."""
        day = self.on_or_before(symbol, current_or_last(at).day)
        return None if day is None else (day, row_at(day.session, at))


def row_at(session: Session, at: datetime) -> int:
    """Return the minute whose state stands at an instant, the close's after it."""
    minutes = (int(at.timestamp()) - session.open_second) // MINUTE
    return min(max(minutes, 0), session.seconds // MINUTE)


def quoted_second(session: Session, row: int) -> int:
    """Return the second (since 1970) that is shown as the time of a minute's state."""
    return session.open_second + min(row * MINUTE, session.seconds - 1)
