"""The account's money: as its broker last said, moved by our own marks since, with what our books add."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.market.session_time import is_fresh
from chalicelib.domain.money import percent
from chalicelib.domain.trading.account_figures import (
    OpenFigures,
    PricedTrade,
    change_since,
    open_figures,
    unpriced_since,
)
from chalicelib.domain.trading.limits import Exposure
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.settings import require
from chalicelib.store.accounts.account_readings import AccountReading, keep_reading, last_reading
from chalicelib.store.trades.exposure import exposure
from chalicelib.store.trades.priced_trades import priced_trades
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.errors import VendorError

#: A page that polls is answered from our marks; the broker is asked once a minute, and after a fill.
READING_AGE_MAX: Final = timedelta(seconds=60)
#: The closing bookend looks, minutes after the close, at the quotes that it left (A-05).
BOOKEND_AFTER_MAX: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """One account, in dollars; None is not known.

    `day_pnl` since the last close and `unpriced`, the trades left out of it; `held` is what is open now;
    `exposure` counts all of that kind of money. `as_of` is the instant that the broker's figures are of.
    """

    broker_mode: BrokerMode
    account_id: str
    equity: Decimal | None
    cash: Decimal | None
    buying_power: Decimal | None
    day_pnl: Decimal
    day_pnl_pct: Decimal | None
    unpriced: int
    as_of: datetime | None
    held: OpenFigures
    exposure: Exposure
    heat_pct: Decimal | None


def read_account(env: Environment, username: str, asked: BrokerMode | None = None) -> AccountFigures:
    """Describe the account at a broker, or where new trades go; raises Invalid where there is none."""

    def known(connection: Connection) -> tuple[UserSettings, AccountRef, AccountReading | None]:
        settings = require(connection, username)
        account = _account(settings, asked)
        return settings, account, last_reading(connection, account)

    settings, account, reading = env.database.run(known, username=username)
    reading = renewed(env, account, reading, READING_AGE_MAX)
    return env.database.run(
        lambda connection: _describe(env, connection, settings, account, reading), username=username
    )


def _account(settings: UserSettings, asked: BrokerMode | None) -> AccountRef:
    mode = settings.effective_mode if asked is None else asked
    account = settings.account(mode)
    is_reachable = mode.is_simulated or settings.connection(mode).works_in is not None
    if account is None or not is_reachable:
        raise Invalid([FieldError(field="broker_mode", message="this broker is not connected")])
    return account


def renewed(
    env: Environment, account: AccountRef, kept: AccountReading | None, age_max: timedelta
) -> AccountReading | None:
    """Ask the broker where its last answer is old or a fill came since; its silence leaves that answer."""
    now = env.clock.now()
    is_good = kept is not None and not kept.is_overtaken and now - kept.read_at < age_max
    if is_good:
        return kept
    try:
        balance = env.brokers.broker_for(account).balance()
    except (VendorError, CredentialsUnreadable):
        return kept
    reading = AccountReading(
        read_at=env.clock.now(),
        equity=balance.equity,
        cash=balance.cash,
        buying_power=balance.buying_power,
    )
    env.database.run(
        lambda connection: keep_reading(connection, account, reading),
        username=account.username,
    )
    return reading


def _describe(
    env: Environment,
    connection: Connection,
    settings: UserSettings,
    account: AccountRef,
    reading: AccountReading | None,
) -> AccountFigures:
    now = env.clock.now()
    calendar = calendar_of(env, connection)
    closed_at = last_close(calendar, now)
    trades = priced_trades(
        connection,
        account,
        instants={closed_at: closed_at + BOOKEND_AFTER_MAX}
        | ({} if reading is None else {reading.read_at: reading.read_at}),
        now=now,
        is_fresh=lambda mark_at, at, delayed: is_fresh(calendar, mark_at, at, delayed=delayed),
    )
    day_pnl = change_since(trades, closed_at)
    equity = _equity(trades, reading)
    ours = exposure(connection, settings.username, account.mode, now)
    return AccountFigures(
        broker_mode=account.mode,
        account_id=account.account_id,
        equity=equity,
        cash=None if reading is None else reading.cash,
        buying_power=None if reading is None else reading.buying_power,
        day_pnl=day_pnl,
        day_pnl_pct=None if equity is None else _share(day_pnl, equity - day_pnl),
        unpriced=unpriced_since(trades, closed_at),
        as_of=None if reading is None else _as_of(reading, now),
        held=open_figures(trades),
        exposure=ours,
        heat_pct=percent(ours.heat, settings.account_balance),
    )


def last_close(calendar: MarketCalendar, now: datetime) -> datetime:
    """Return when the day's result begins: the last close before the Eastern trading day of `now`.

    So a day's result stands until midnight, as what was realised today does.
    """
    session = calendar.session(calendar.previous_trading_day(new_york_date(now)))
    assert session is not None, "a trading day has a session"
    return session.closes_at


def _equity(trades: list[PricedTrade], reading: AccountReading | None) -> Decimal | None:
    if reading is None or reading.equity is None:
        return None
    return reading.equity + change_since(trades, reading.read_at)


def _as_of(reading: AccountReading, now: datetime) -> datetime:
    """Return what instant the figures are of: now, unless the broker has not answered for too long."""
    return now if now - reading.read_at < READING_AGE_MAX else reading.read_at


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return percent(part, whole) if whole > 0 else None
