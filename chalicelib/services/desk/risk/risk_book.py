"""Work every user's risk book out, once a minute (B-09): legs in one read, one call for prices, one write.

A book of which a leg has no Greeks, or no history says how it moves, is stored as unknown with the reason.
What is unknown stops the desk's entries, and never an exit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.alerts import Severity
from chalicelib.services.commands.book_gate import greeks_since
from chalicelib.services.desk.market.daily_facts import AT_RISK, Closes, DailyFacts
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.gathered import Wanted
from chalicelib.services.desk.market.questions import Question
from chalicelib.services.desk.market.stored_facts import VIX, StoredFacts, read_stored_facts
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.raise_alert import raise_alert, resolve_alert
from chalicelib.services.users.account import renewed
from chalicelib.store.accounts.account_readings import AccountReading, readings_of_holders
from chalicelib.store.database import Isolation
from chalicelib.store.desk import settings as desk_settings
from chalicelib.store.desk.iv_history import read_last_ivs
from chalicelib.store.desk.risk_legs import (
    LossAtMost,
    RiskLeg,
    read_losses,
    read_risk_legs,
)
from chalicelib.store.desk.risk_snapshots import RiskRow, read_held_lately, write_risks
from chalicelib.store.desk.underlying_facts import FactKind
from chalicelib.vendors.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.services.desk.risk.risk_of_book import MoneyAtRisk, RiskMarket, WorkedOut

#: Vendors' calls of one tick; what comes later is the next minute's.
VENDORS_SECONDS_MAX: Final = 20.0
#: Whoever held something so lately and holds nothing now gets a book of nothing.
_LATELY: Final = timedelta(days=1)
#: 20 changes of IV are between 21 values.
_IVS_READ: Final = 21
_MARKET: Final = "SPY"
RISK_WARNING: Final = "risk_warning"
_WARNINGS: Final = {
    "delta_near_cap": "the book's delta is above 80% of its cap",
    "position": "one position may lose more than 30% of the equity",
}
#: What accounts hold is held against what may be lost: it need not be of this minute.
_EQUITY_AGE_MAX: Final = timedelta(minutes=5)

#: Whose book, in which kind of money.
Whose = tuple[str, str]
Readings = Mapping[AccountRef, AccountReading | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReport:
    """What one tick worked out: books, those that are not known, and rows that were new."""

    books: int = 0
    unknown: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held, by whose book it is."""

    legs: Mapping[Whose, Sequence[RiskLeg]]
    losses: Sequence[LossAtMost]
    readings: Readings
    limits: Mapping[str, desk_settings.DeskRow]

    @property
    def usernames(self) -> list[str]:
        """Return whose books there are."""
        return sorted({username for username, _ in self.legs})


def work_out(env: Environment, due_at: datetime) -> RiskReport:
    """Work out and store everybody's books for the instant `due_at`. Raises DatabaseUnavailable."""
    held = env.database.run(partial(read_held, env), username=None)
    if not held.legs:
        return RiskReport()
    sources = DataSources(env, Deadline(env.clock, seconds=VENDORS_SECONDS_MAX))
    readings = _renewed(env, held)
    found = _worked_out(held, _market(env, held, sources), readings)
    written = _keep(env, found, due_at)
    if written:
        _tell(env, found)
    return RiskReport(
        books=len(found), unknown=sum(one.events is None for one in found.values()), written=written
    )


def keep_before_order(env: Environment, account: AccountRef) -> None:
    """Keep a user's book of an account's kind of money as it stands before an order (B-09).

    Nobody is asked: what was last seen of legs, underlyings and accounts counts. Raises DatabaseUnavailable.
    """
    whose = (account.username, account.mode.value)
    held = env.database.run(partial(read_held, env, only=whose), username=None)
    _keep(env, _worked_out(held, _market(env, held, None), held.readings), env.clock.now())


def _worked_out(held: Held, market: "RiskMarket", readings: Readings) -> "dict[Whose, WorkedOut]":
    from chalicelib.services.desk.risk.risk_of_book import Limits, MoneyAtRisk, work_out_book

    money = money_of(held, readings)
    found: dict[Whose, WorkedOut] = {}
    for whose, legs in held.legs.items():
        settings = held.limits[whose[0]].settings
        limits = Limits(caps=settings.caps, max_daily_loss=float(settings.max_daily_loss))
        found[whose] = work_out_book(legs, market, money.get(whose, MoneyAtRisk()), limits)
    return found


def _keep(env: Environment, found: "Mapping[Whose, WorkedOut]", at: datetime) -> int:
    rows = [
        RiskRow(username=username, mode=mode, at=at, figures=one.figures)
        for (username, mode), one in found.items()
    ]
    return env.database.run(
        lambda connection: write_risks(connection, rows), username=None, isolation=Isolation.READ_COMMITTED
    )


def read_held(env: Environment, connection: Connection, *, only: Whose | None = None) -> Held:
    """Read what everybody holds and what emptied lately, or one book, if only of nothing."""
    now = env.clock.now()
    legs: dict[Whose, list[RiskLeg]] = {} if only is None else {only: []}
    since = greeks_since(calendar_of(env, connection), now)
    for leg in read_risk_legs(connection, since, only=only):
        legs.setdefault((leg.username, leg.mode), []).append(leg)
    if only is None:
        for whose in read_held_lately(connection, now - _LATELY):
            legs.setdefault(whose, [])
    names = sorted({username for username, _ in legs})
    return Held(
        legs=legs,
        losses=read_losses(connection, names),
        readings=readings_of_holders(connection, names),
        limits=desk_settings.read_several(connection, names),
    )


def _renewed(env: Environment, held: Held) -> Readings:
    """Ask the brokers of accounts whose figures are old."""
    accounts = list(held.readings)
    asked = [partial(renewed, env, one, held.readings[one], _EQUITY_AGE_MAX) for one in accounts]
    return dict(zip(accounts, env.side_by_side.each(asked), strict=True))


def money_of(held: Held, readings: Readings) -> "dict[Whose, MoneyAtRisk]":
    """Return what each book's positions may lose, and the equity behind them."""
    from chalicelib.services.desk.risk.risk_of_book import MoneyAtRisk

    equities: dict[Whose, list[float | None]] = {}
    for account, reading in readings.items():
        equity = None if reading is None or reading.equity is None else float(reading.equity)
        equities.setdefault((account.username, account.mode.value), []).append(equity)
    losses: dict[Whose, list[tuple[str, float]]] = {}
    for one in held.losses:
        if one.loss is not None:
            losses.setdefault((one.username, one.mode), []).append((one.ticker, one.loss))
    return {
        whose: MoneyAtRisk(losses=tuple(losses.get(whose, ())), equity=_sum(known))
        for whose, known in equities.items()
    }


def _sum(known: Sequence[float | None]) -> float | None:
    found = [one for one in known if one is not None]
    return sum(found) if len(found) == len(known) else None


def _market(env: Environment, held: Held, sources: DataSources | None) -> "RiskMarket":
    """Ask for prices and, once a day, for a year's closes; what nobody tells is not known.

    Without `sources` nobody is asked: closes are those that are kept, prices those of the last marks.
    """
    from chalicelib.domain.desk.risk.histories import Past
    from chalicelib.services.desk.risk.risk_of_book import RiskMarket

    owners: dict[str, set[str]] = {}
    for (username, _), legs in held.legs.items():
        for leg in legs:
            owners.setdefault(leg.ticker, set()).add(username)
    tickers = sorted(owners)
    for symbol in (_MARKET, VIX):
        owners.setdefault(symbol, set(held.usernames))
    stored = read_stored_facts(env, list(owners))
    wanted = [
        Wanted(underlying=symbol, conditions=(), usernames=tuple(sorted(names)))
        for symbol, names in sorted(owners.items())
    ]
    daily = DailyFacts(sources or DataSources(env), stored, wanted, env.clock.now(), AT_RISK)
    prices: Mapping[str, float] = {}
    if sources is not None:
        quotes = Question(partial(_read_prices, sources, held.usernames, [*tickers, _MARKET]))
        asked: list[Callable[[], None]] = [quotes, *daily.questions()]
        env.side_by_side.each(asked)
        daily.take()
        daily.keep(env)
        prices = quotes.value or {}
    ivs = env.database.run(lambda connection: read_last_ivs(connection, tickers, _IVS_READ), username=None)
    pasts = {symbol: Past(closes=_closes(daily, symbol), ivs=tuple(ivs.get(symbol, ()))) for symbol in owners}
    return RiskMarket(
        at=env.clock.now(),
        today=stored.today,
        closes_at=_closes_at(stored),
        prices=prices,
        pasts=pasts,
    )


def _read_prices(sources: DataSources, usernames: Sequence[str], symbols: Sequence[str]) -> dict[str, float]:
    asked = list(dict.fromkeys(symbols))
    found = sources.ask_underlyings(usernames, lambda source: source.underlying_quotes(asked))
    return {one.symbol: float(one.last) for one in found if one.last is not None}


def _closes(daily: DailyFacts, symbol: str) -> tuple[tuple[date, float], ...]:
    found = daily.value(Closes, symbol, FactKind.CLOSES)
    return () if found is None else tuple(zip(found.days, found.closes, strict=True))


def _closes_at(stored: StoredFacts) -> datetime | None:
    session = stored.session
    return None if session is None else session.closes_at


def _tell(env: Environment, found: "Mapping[Whose, WorkedOut]") -> None:
    """Warn each user of what stands now, once while it does; what is past its limit stands in the book."""
    by_user: dict[str, set[str]] = {}
    for (username, _), one in found.items():
        known = () if one.events is None else one.events
        by_user.setdefault(username, set()).update(event.name for event in known if not event.blocks)
    for username, standing in by_user.items():
        env.database.run(partial(_warn, env, username, standing), username=username)


def _warn(env: Environment, username: str, standing: set[str], connection: Connection) -> None:
    for name, said in _WARNINGS.items():
        if name in standing:
            raise_alert(
                env,
                connection,
                username,
                severity=Severity.WARNING,
                kind=RISK_WARNING,
                message=f"Risk: {said}.",
                lasting=True,
                topic=name,
            )
        else:
            resolve_alert(connection, username, kind=RISK_WARNING, topic=name)
