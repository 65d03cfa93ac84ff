"""Each minute P&L is looked at in each mode, of each trader and of an account over all of them (C-03).

A day's limit stops entries until the next UTC day, by the rule that each entry passes; here its owner is
told. The total limit locks a trader until a person resumes it, and what it holds is closed. What cannot be
priced is not measured: it stops entries, and never closes anything.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.rules.drawdown import Fall, daily_pct, looked, total_pct
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.domain.money import ZERO
from chalicelib.domain.spelling import in_per_cent
from chalicelib.services.ai.deciding.standing import ACCOUNT, measured_as, read_funds, save_look
from chalicelib.services.ai.positions.apart import Task, each_apart
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.services.users.settings import load
from chalicelib.store.ai import traders
from chalicelib.store.ai.traders import TraderRow, UnreadableTrader
from chalicelib.store.ai.watched_falls import TraderPnl, read_falls_of, read_pnl, read_traders_of
from chalicelib.store.database import Isolation

_LOG: Final = logging.getLogger("papertape.ai")
#: A minute's close is noted a moment after it; one that was missed is none of now.
PRICE_AGE_MAX: Final = timedelta(minutes=2)


class LimitAlert(StrEnum):
    """Limits that were reached: told at once, whatever is switched off."""

    DAILY = "ai_daily_drawdown"
    TOTAL = "ai_total_drawdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A user's traders, what each has made or lost in a mode (None: not known), how far that fell.

    `open_of` are the traders that have trades there.
    """

    username: str
    mode: BrokerMode
    pnl: Mapping[UUID | None, Decimal | None]
    open_of: frozenset[UUID]
    falls: Mapping[UUID | None, Fall]
    traders: Sequence[TraderRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """How far P&L has fallen, in per cent; None where it could not be measured."""

    daily: Decimal | None
    total: Decimal | None


def watch_drawdowns(env: Environment, now: datetime) -> int:
    """Look at the P&L of everybody's traders; returns how many traders were locked.

    What a defect raises over one user is raised once all others are done.
    """
    watched = env.database.run(lambda connection: _read(connection, now), username=None)
    looks = [Task(username=one.username, work=partial(_look, env, one, now)) for one in watched]
    return sum(each_apart(env, looks, "a drawdown could not be measured").or_raise())


def _read(connection: Connection, now: datetime) -> list[Watched]:
    pnl: dict[tuple[str, BrokerMode], list[TraderPnl]] = {}
    for one in read_pnl(connection, now, now - PRICE_AGE_MAX):
        pnl.setdefault((one.username, one.mode), []).append(one)
    usernames = {username for username, _ in pnl}
    falls = read_falls_of(connection, usernames)
    riders = read_traders_of(connection, usernames)
    return [
        Watched(
            username=username,
            mode=mode,
            pnl={**{one.trader_id: one.pnl for one in found}, ACCOUNT: _sum(one.pnl for one in found)},
            open_of=frozenset(one.trader_id for one in found if one.is_open),
            falls=falls.get((username, measured_as(mode)), {}),
            traders=riders.get(username, []),
        )
        for (username, mode), found in pnl.items()
    ]


def _sum(figures: Iterable[Decimal | None]) -> Decimal | None:
    found = list(figures)
    known = [one for one in found if one is not None]
    return sum(known, ZERO) if len(known) == len(found) else None


def _look(env: Environment, watched: Watched, now: datetime) -> int:
    """Follow a user's falls, and act where something is new; a minute in which nothing is asks nothing."""
    falls = _followed(env, watched, now)
    new = {whose: fall for whose, fall in falls.items() if fall != watched.falls.get(whose)}
    fallen = {
        whose: Fallen(daily=daily_pct(fall, watched.pnl[whose]), total=total_pct(fall, watched.pnl[whose]))
        for whose, fall in falls.items()
    }
    breaches = [
        (row, breach) for row in watched.traders if (breach := _breach_of(row, watched, fallen)) is not None
    ]
    if not new and not breaches:
        return 0

    def keep(connection: Connection) -> int:
        save_look(env, connection, watched.username, watched.mode, new)
        _end_of_yesterday(connection, watched, new)
        return sum(_act(env, connection, row, breach, now) for row, breach in breaches)

    return env.database.run(keep, username=watched.username, isolation=Isolation.READ_COMMITTED)


def _followed(env: Environment, watched: Watched, now: datetime) -> dict[UUID | None, Fall]:
    """Return the falls after this look; what has no price is left out.

    The account is asked what it is worth where a day, a peak or a first fall begins.
    """
    today = ALWAYS_OPEN.day_of(now)
    known = {whose: pnl for whose, pnl in watched.pnl.items() if pnl is not None}
    begun = {whose for whose in known if whose in watched.falls and watched.falls[whose].is_begun_on(today)}
    falls = {whose: watched.falls[whose].followed([known[whose]]) for whose in begun}
    if not known.keys() - begun:
        return falls
    funds = read_funds(env, load(env, watched.username), watched.mode)
    if funds is not None:
        falls |= {
            whose: looked(watched.falls.get(whose), today, known[whose], funds.equity)
            for whose in known.keys() - begun
        }
    return falls


def _end_of_yesterday(connection: Connection, watched: Watched, new: Mapping[UUID | None, Fall]) -> None:
    """End what was told of a day that is over."""
    for whose, fall in new.items():
        if whose in watched.falls and watched.falls[whose].day < fall.day:
            kind = LimitAlert.DAILY.value
            resolve_alert(connection, watched.username, kind=kind, topic=_topic(watched.mode, whose))


def _trading(row: TraderRow) -> Trading | None:
    try:
        return row.read().trading
    except UnreadableTrader:
        _LOG.error("a trader cannot be read", extra={"trader": str(row.id)})
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What a trader's limits have to say: whose day's limit is reached, and why the trader is locked."""

    mode: BrokerMode
    of_day: Mapping[UUID | None, str]
    total: str | None


def _breach_of(row: TraderRow, watched: Watched, fallen: Mapping[UUID | None, Fallen]) -> Breach | None:
    """Hold a trader's limits against its own fall and the account's; None where neither is reached.

    An account is every trader's that trades there or has trades there; another one's fall is none of its.
    """
    if not any((one.daily or one.total) for one in fallen.values()):
        return None
    trading = _trading(row)
    if trading is None:
        return None
    of_day: dict[UUID | None, str] = {}
    total: str | None = None
    is_there = trading.broker_mode is watched.mode or row.id in watched.open_of
    for whose in (row.id, ACCOUNT) if is_there else (row.id,):
        found = fallen.get(whose, Fallen(daily=None, total=None))
        name = "All traders together" if whose is ACCOUNT else row.name
        limit = trading.max_daily_drawdown_pct
        if found.daily is not None and found.daily >= limit:
            of_day[whose] = (
                f"{name}: the day's drawdown of {_against(found.daily, limit)}: no entries until 00:00 UTC."
            )
        limit = trading.max_total_drawdown_pct
        if total is None and found.total is not None and found.total >= limit and row.locked_at is None:
            total = f"{name}: the drawdown of {_against(found.total, limit)}"
    return Breach(mode=watched.mode, of_day=of_day, total=total) if of_day or total else None


def _against(fallen: Decimal, limit: Decimal) -> str:
    return f"{in_per_cent(fallen, 2)} has reached {limit.normalize():f}%"


def _act(env: Environment, connection: Connection, row: TraderRow, breach: Breach, now: datetime) -> int:
    """Tell of a day's limit, and lock at the total one; returns whether the trader was locked."""
    for whose, text in breach.of_day.items():
        _tell_of_day(env, connection, row.username, text, _topic(breach.mode, whose))
    return 0 if breach.total is None else _lock(env, connection, row, breach.total, now)


def _lock(env: Environment, connection: Connection, row: TraderRow, text: str, now: datetime) -> int:
    """Lock a trader, unless it was locked or removed meanwhile."""
    present = traders.read(connection, row.username, row.id, lock=True)
    if present is None or present.locked_at is not None:
        return 0
    traders.control(connection, row.username, row.id, {"locked_at": now})
    raise_alert(
        env,
        connection,
        row.username,
        severity=Severity.CRITICAL,
        kind=LimitAlert.TOTAL.value,
        message=f"{text}. {row.name} is locked until you resume it, and what it holds is closed.",
    )
    return 1


def _tell_of_day(env: Environment, connection: Connection, username: str, text: str, topic: str) -> None:
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=LimitAlert.DAILY.value,
        message=text,
        lasting=True,
        topic=topic,
    )


def _topic(mode: BrokerMode, whose: UUID | None) -> str:
    name = "account" if whose is ACCOUNT else str(whose)
    return name if mode.is_simulated else f"{name} {measured_as(mode)}"
