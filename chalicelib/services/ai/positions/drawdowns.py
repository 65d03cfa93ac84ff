"""Each minute P&L is looked at, of each trader and of an account over all of them (C-03).

A day's limit stops entries until the next UTC day, by the rule that each entry passes; here its owner is
told. The total limit locks a trader until a person resumes it, and what it holds is closed. What cannot be
priced is not measured: it stops entries, and never closes anything.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.rules.drawdown import Fall, daily_pct, total_pct
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.observability.facts import user_fact
from chalicelib.services.ai.deciding.standing import (
    ACCOUNT,
    CoinsSeen,
    Funds,
    Standing,
    read_funds,
    read_standing,
    save_look,
)
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.ai import traders
from chalicelib.store.ai.traders import TraderRow, UnreadableTrader
from chalicelib.store.ai.watched_falls import read_prices, read_watched
from chalicelib.store.database import Isolation
from chalicelib.store.users import settings

_LOG: Final = logging.getLogger("papertape.ai")
#: A minute's close is noted a moment after it; one that was missed is none of now.
PRICE_AGE_MAX: Final = timedelta(minutes=2)


class LimitAlert(StrEnum):
    """Limits that were reached: told at once, whatever is switched off."""

    DAILY = "ai_daily_drawdown"
    TOTAL = "ai_total_drawdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """How far P&L has fallen, in per cent; None where it could not be measured."""

    daily: Decimal | None
    total: Decimal | None


def watch_drawdowns(env: Environment, now: datetime) -> int:
    """Look at the P&L of everybody's traders; returns how many traders were locked.

    What a defect raises over one user is raised once all others are done.
    """
    usernames = env.database.run(lambda connection: read_watched(connection, now), username=None)
    found = env.side_by_side.each([partial(_guarded, env, username, now) for username in usernames])
    for one in found:
        if isinstance(one, Exception):
            raise one
    return sum(one for one in found if isinstance(one, int))


def _guarded(env: Environment, username: str, now: datetime) -> int | Exception:
    try:
        return _look(env, username, now)
    except Exception as error:  # noqa: BLE001  # a defect met at one user leaves no other unwatched
        _LOG.exception("a drawdown could not be measured", extra={"user": user_fact(username)})
        return error


def _look(env: Environment, username: str, now: datetime) -> int:
    funds = read_funds(env, username)

    def work(connection: Connection) -> int:
        return _measure(env, connection, username, now, funds)

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _measure(
    env: Environment, connection: Connection, username: str, now: datetime, funds: Funds | None
) -> int:
    rules = settings.read(connection, username)
    if rules is None:
        return 0
    standing = read_standing(connection, rules)
    symbols = {one.symbol for one in standing.of_traders}
    seen = CoinsSeen(prices=read_prices(connection, symbols, now - PRICE_AGE_MAX), hours={})
    falls = standing.after_look(now, seen, funds)
    save_look(env, connection, username, falls)
    _end_of_yesterday(connection, username, standing, falls)
    fallen = _fallen(falls, standing.pnl(seen.prices))
    locked = 0
    for row in traders.read_several(connection, username):
        trading = _trading(row)
        if trading is not None:
            locked += _judge(env, connection, row, trading, fallen, now)
    return locked


def _trading(row: TraderRow) -> Trading | None:
    try:
        return row.read().trading
    except UnreadableTrader:
        _LOG.error("a trader cannot be read", extra={"trader": str(row.id)})
        return None


def _fallen(
    falls: Mapping[UUID | None, Fall], pnl: Mapping[UUID | None, Decimal | None]
) -> dict[UUID | None, Fallen]:
    return {
        whose: Fallen(daily=daily_pct(fall, pnl[whose]), total=total_pct(fall, pnl[whose]))
        for whose, fall in falls.items()
    }


def _judge(
    env: Environment,
    connection: Connection,
    row: TraderRow,
    trading: Trading,
    fallen: Mapping[UUID | None, Fallen],
    now: datetime,
) -> int:
    """Tell of a day's limit, and lock at the total one; returns whether the trader was locked."""
    for whose, found in _of(fallen, row.id):
        name = "All traders together" if whose is ACCOUNT else row.name
        limit = trading.max_daily_drawdown_pct
        if found.daily is not None and found.daily >= limit:
            text = f"{name}: the day's drawdown of {found.daily:.2f} % has reached {limit.normalize():f} %"
            _tell_of_day(env, connection, row.username, f"{text}: no entries until 00:00 UTC.", whose)
        limit = trading.max_total_drawdown_pct
        if found.total is not None and found.total >= limit and row.locked_at is None:
            text = f"{name}: the drawdown of {found.total:.2f} % has reached {limit.normalize():f} %"
            return _lock(env, connection, row, text, now)
    return 0


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


def _of(fallen: Mapping[UUID | None, Fallen], trader_id: UUID) -> Iterator[tuple[UUID | None, Fallen]]:
    """Yield a trader's own fall, then the account's: both limits hold for both."""
    yield from ((whose, fallen[whose]) for whose in (trader_id, ACCOUNT) if whose in fallen)


def _tell_of_day(
    env: Environment, connection: Connection, username: str, text: str, whose: UUID | None
) -> None:
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=LimitAlert.DAILY.value,
        message=text,
        lasting=True,
        topic=_topic(whose),
    )


def _topic(whose: UUID | None) -> str:
    return "account" if whose is ACCOUNT else str(whose)


def _end_of_yesterday(
    connection: Connection, username: str, standing: Standing, falls: Mapping[UUID | None, Fall]
) -> None:
    """End what was told of a day that is over."""
    for whose, fall in falls.items():
        before: date = standing.falls[whose].day if whose in standing.falls else fall.day
        if before < fall.day:
            kind = LimitAlert.DAILY.value
            resolve_alert(connection, username, kind=kind, topic=_topic(whose))
