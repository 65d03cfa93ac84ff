"""What is asked of a vendor once a day and underlying, and kept for whoever scans later that day.

Bars' indicators, earnings, dividends, what is listed. An answer that says nothing is asked for again after a
while; a vendor that refuses has not answered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.desk.volatility.technicals import DailyBars, Technicals, technicals_of
from chalicelib.domain.json_value import JsonValue
from chalicelib.marketdata.interface import DailyBar, MarketData
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.gathered import Origin, Wanted
from chalicelib.services.desk.market.questions import Question
from chalicelib.services.desk.market.stored_facts import StoredFacts
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.desk.underlying_facts import FactKind, KeptFact, keep_facts

T = TypeVar("T")

#: Far enough for averages to have forgotten where they began.
LOOK_BACK: Final = timedelta(days=400)
#: 252 returns are between so many closes.
CLOSES_KEPT: Final = 253
#: How long an answer that says nothing stands.
ASKED_AGAIN_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The expiries that are listed, nearest first."""

    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The cash dividends, past and declared."""

    items: tuple[Dividend, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """Closes of full sessions, oldest first, and their days."""

    days: tuple[date, ...]
    closes: tuple[float, ...]


_FORMS: Final[Mapping[FactKind, type]] = {
    FactKind.EXPIRATIONS: Listed,
    FactKind.BARS: Technicals,
    FactKind.EARNINGS: EarningsCalendar,
    FactKind.DIVIDENDS: Paid,
    FactKind.CLOSES: Closes,
}
#: What a scan for entries looks at, and what risk is worked out of.
SCANNED: Final = (FactKind.EXPIRATIONS, FactKind.BARS, FactKind.EARNINGS, FactKind.DIVIDENDS)
AT_RISK: Final = (FactKind.CLOSES,)
#: Of which a source tells of many underlyings in one answer.
_AT_ONCE: Final = frozenset({FactKind.EARNINGS, FactKind.DIVIDENDS})
#: What a source says of some underlyings by their names; one of which it says nothing is left out.
Said = Mapping[str, object]
Ask = Callable[[MarketData, Sequence[str]], Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    symbols: tuple[str, ...]
    question: Question[list[KeptFact]]


class DailyFacts:
    """One scan's daily facts: those that are kept, questions for the others, and what came of them."""

    def __init__(
        self,
        sources: DataSources,
        stored: StoredFacts,
        wanted: Sequence[Wanted],
        now: datetime,
        kinds: Iterable[FactKind] = SCANNED,
    ) -> None:
        self._sources = sources
        self._stored = stored
        self._rows: dict[tuple[str, FactKind], KeptFact] = {}
        self._values: dict[tuple[str, FactKind], object] = {}
        self._learn(one for one in stored.kept if _stands(one, now))
        ask: Mapping[FactKind, Ask] = {
            FactKind.EXPIRATIONS: _listed,
            FactKind.BARS: partial(_technicals, stored.previous_session),
            FactKind.EARNINGS: _earnings,
            FactKind.DIVIDENDS: _paid,
            FactKind.CLOSES: partial(_closes, stored.previous_session),
        }
        self._asked = [one for kind in kinds for one in self._about_all(wanted, kind, ask[kind])]

    def questions(self) -> list[Question[list[KeptFact]]]:
        """Return what there is to ask."""
        return [one.question for one in self._asked]

    def take(self) -> None:
        """Take what was answered."""
        for asked in self._asked:
            self._learn(asked.question.value or ())

    def value(self, form: type[T], symbol: str, kind: FactKind) -> T | None:
        """Return what is said of an underlying; None is not known."""
        found = self._values.get((symbol, kind))
        return found if isinstance(found, form) else None

    def listed(self, symbol: str) -> tuple[date, ...] | None:
        """Return the expiries that are listed, nearest first; empty: a source lists none."""
        if (symbol, FactKind.EXPIRATIONS) not in self._rows:
            return None
        found = self.value(Listed, symbol, FactKind.EXPIRATIONS)
        return () if found is None else found.days

    def origins(self, symbol: str) -> dict[str, Origin]:
        """Return where an underlying's facts are from."""
        return {
            kind.value: Origin(source=row.source, at=row.read_at)
            for (name, kind), row in self._rows.items()
            if name == symbol and row.known
        }

    def trouble(self, symbol: str) -> tuple[str, ...]:
        """Return what sources refused of an underlying."""
        refused = [one.question.trouble for one in self._asked if symbol in one.symbols]
        return tuple(one for one in refused if one is not None)

    def answered(self) -> tuple[KeptFact, ...]:
        """Return what was answered now and stands for the day."""
        return tuple(row for asked in self._asked for row in asked.question.value or () if _is_kept(row))

    def keep(self, env: Environment) -> None:
        """Keep what was answered now for later scans; raises DatabaseUnavailable."""
        told = self.answered()
        if told:
            env.database.run(
                lambda connection: keep_facts(connection, told),
                username=None,
                isolation=Isolation.READ_COMMITTED,
            )

    def _learn(self, rows: Iterable[KeptFact]) -> None:
        """Take rows in; one that another version of this code wrote is none, and is asked for anew."""
        for row in rows:
            key = (row.symbol, row.kind)
            try:
                self._values[key] = from_json(_FORMS[row.kind], row.facts) if row.known else None
            except (KeyError, TypeError, ValueError):
                continue
            self._rows[key] = row

    def _about_all(self, wanted: Iterable[Wanted], kind: FactKind, ask: Ask) -> list[_Asked]:
        """Put the questions about those of which nothing is known: one for all, or one each."""
        lacking = [one for one in wanted if (one.underlying, kind) not in self._rows]
        if kind not in _AT_ONCE:
            return [self._about([one], kind, ask) for one in lacking]
        return [self._about(lacking, kind, ask)] if lacking else []

    def _about(self, wanted: Sequence[Wanted], kind: FactKind, ask: Ask) -> _Asked:
        symbols = tuple(one.underlying for one in wanted)
        users = sorted({name for one in wanted for name in one.usernames})

        def ask_source(source: MarketData) -> list[KeptFact]:
            said = ask(source, symbols)
            return [self._row(one, kind, said.get(one), source) for one in symbols]

        question = Question(lambda: self._sources.ask_underlyings(users, ask_source))
        return _Asked(symbols=symbols, question=question)

    def _row(self, symbol: str, kind: FactKind, said: object, source: MarketData) -> KeptFact:
        facts: JsonValue = {} if said is None else to_json(said)
        assert isinstance(facts, dict)
        return KeptFact(
            symbol=symbol,
            kind=kind,
            day=self._stored.today,
            known=said is not None,
            facts=facts,
            source=source.underlyings_source,
        )


def _stands(row: KeptFact, now: datetime) -> bool:
    """Say whether a kept row is still good: what said nothing may say something by now."""
    return row.known or (row.read_at is not None and now - row.read_at < ASKED_AGAIN_AFTER)


def _is_kept(row: KeptFact) -> bool:
    """Say whether an answer is kept: an empty list may be a vendor's slip, and the day is long."""
    return row.known or row.kind is not FactKind.EXPIRATIONS


def _listed(source: MarketData, symbols: Sequence[str]) -> Said:
    found = {one: source.expirations(one) for one in symbols}
    return {one: Listed(days=days) for one, days in found.items() if days}


def _earnings(source: MarketData, symbols: Sequence[str]) -> Said:
    return source.earnings(symbols)


def _paid(source: MarketData, symbols: Sequence[str]) -> Said:
    return {one: Paid(items=items) for one, items in source.dividends(symbols).items()}


def _technicals(previous_session: date, source: MarketData, symbols: Sequence[str]) -> Said:
    """Work out the indicators of full sessions."""
    return {
        one: technicals_of(_columns(bars)) for one, bars in _bars(previous_session, source, symbols).items()
    }


def _closes(previous_session: date, source: MarketData, symbols: Sequence[str]) -> Said:
    """Keep a year's closes of full sessions."""
    found: dict[str, object] = {}
    for one, bars in _bars(previous_session, source, symbols).items():
        last = bars[-CLOSES_KEPT:]
        found[one] = Closes(
            days=tuple(bar.day for bar in last), closes=tuple(float(bar.close) for bar in last)
        )
    return found


def _bars(
    previous_session: date, source: MarketData, symbols: Sequence[str]
) -> Mapping[str, Sequence[DailyBar]]:
    """Read the bars of full sessions; without the last one's nothing is known of an underlying."""
    read = {one: source.daily_bars(one, previous_session - LOOK_BACK, previous_session) for one in symbols}
    return {one: bars for one, bars in read.items() if bars and bars[-1].day == previous_session}


def _columns(bars: Sequence[DailyBar]) -> DailyBars:
    return DailyBars(
        highs=tuple(float(one.high) for one in bars),
        lows=tuple(float(one.low) for one in bars),
        closes=tuple(float(one.close) for one in bars),
        volumes=tuple(float(one.volume or 0) for one in bars),
    )
