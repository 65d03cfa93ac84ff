"""All runs of a backtest through one history: each day is read and laid out once for all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from chalicelib.domain.backtest.history import ChainRows, History
from chalicelib.domain.backtest.kept import IvMemory
from chalicelib.domain.backtest.leaving import finish, leave, settle
from chalicelib.domain.backtest.moments import DayFacts, Moment, close_on, moments_of
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.exits.vix_watch import VixWatch
from chalicelib.domain.desk.stored import as_stored

_A_MINUTE: Final = timedelta(minutes=1)
#: Scans that a day's one moment stands for.
_SCANS_A_DAY: Final = 390
#: Moments that are laid out at once: what they do not tell is solved for all of them in one go.
_TOGETHER: Final = 32


@dataclass(slots=True, kw_only=True)
class March:
    """Runs on their way through a history; `memory` is what evenings recorded, `spot` the last price seen."""

    history: History
    calendar: MarketCalendar
    runs: Sequence[Run]
    memory: IvMemory = field(default_factory=IvMemory)
    spot: float | None = None
    is_end_of_day: bool = False

    def day(self, day: date, *, is_last: bool = False) -> None:
        """Lead all runs through one day; on the last one they leave what they hold."""
        session = self.calendar.session(day)
        assert session is not None, "asked of trading days"
        moment = None
        watch = VixWatch()
        before = None
        for moment in self.moments(session):
            if moment.facts.spot is not None:
                self.spot = as_stored(moment.facts.spot.value)
            self.is_end_of_day = moment.is_end_of_day
            stands_for = _stands_for(moment, before)
            watch = watch.after(moment.leaves_at, moment.minute_vix, has_positions=True)
            for run in self.runs:
                run.look(moment)
                leave(run, run.seen(moment, moment.leaves_at), stands_for=stands_for, watch=watch)
            before = moment
        self._end(session, moment, is_last=is_last)
        if moment is not None:
            self.memory.record(day, moment.facts.implied_volatility)

    def moments(self, session: Session) -> Iterator[Moment]:
        """Lay out a day's moments one after the other; of a gap one that tells nothing."""
        facts = DayFacts(self.history.daily, self.calendar, session)
        rows = self.history.chains(session.day) or (nothing_on(session, self.history.underlying),)
        conditions = list(dict.fromkeys(run.strategy.entry_conditions for run in self.runs))
        for first in range(0, len(rows), _TOGETHER):
            held = {day for run in self.runs for day in run.held_expiries()}
            yield from moments_of(
                rows[first : first + _TOGETHER], facts, self.history.underlying, conditions, self.memory, held
            )

    def _end(self, session: Session, moment: Moment | None, *, is_last: bool) -> None:
        close = close_on(self.history.daily.bars, session.day)
        price = self.spot if close is None else close
        for run in self.runs:
            seen = None if moment is None else run.seen(moment, moment.leaves_at)
            settle(run, session, None if price is None else Decimal(repr(round(price, 4))))
            if seen is not None:
                run.books.mark(seen.marks(run.open))
            if is_last:
                finish(run, seen)
            run.close_day(session.day)


def _stands_for(moment: Moment, before: Moment | None) -> int:
    """Return how many scans of a minute a moment stands for: all since the one before it."""
    if moment.is_end_of_day:
        return _SCANS_A_DAY
    return 1 if before is None else max(1, (moment.leaves_at - before.leaves_at) // _A_MINUTE)


def nothing_on(session: Session, underlying: str) -> ChainRows:
    """Return the moment of a day that a history does not tell of."""
    nothing = np.zeros(0)
    return ChainRows(
        at=session.closes_at,
        spot=None,
        root=underlying,
        expiry=np.zeros(0, dtype=np.int32),
        strike=nothing,
        is_call=np.zeros(0, dtype=np.bool_),
        bid=nothing,
        ask=nothing,
        bid_size=nothing,
        ask_size=nothing,
        volume=nothing,
        open_interest=nothing,
        iv=nothing,
        delta=nothing,
        gamma=nothing,
        vega=nothing,
    )
