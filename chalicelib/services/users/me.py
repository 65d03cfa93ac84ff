"""Who is signed in, what their limits are, and where the market stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.people import Tier, name_of
from chalicelib.services.environment import Environment
from chalicelib.services.market.data_cadence import stretched_cadence
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.settings import require
from chalicelib.store.users.settings import UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """Today's market: `holiday` names why it is shut, `closes_early` is about today.

    Opened, closes and previous close are of the session that began last.
    """

    now: datetime
    is_open: bool
    next_open: datetime
    next_close: datetime
    holiday: str | None
    closes_early: bool
    opened_at: datetime
    closes_at: datetime
    previous_close: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The caller, the mode in effect, their limits, and the market.

    Limits in dollars and per cent of the balance. `cadence_seconds` lie between marks; None: the usual ones.
    """

    name: str
    is_operator: bool
    tier: Tier
    broker_mode: BrokerMode
    max_positions: int
    daily_loss_limit: Decimal
    heat_limit_pct: Decimal
    market: MarketState
    cadence_seconds: int | None


def read_me(env: Environment, username: str, *, is_operator: bool) -> Me:
    """Describe the caller; raises NotFound for a name that never signed in."""

    def work(connection: Connection) -> tuple[UserSettings, MarketCalendar]:
        return require(connection, username), calendar_of(env, connection)

    settings, calendar = env.database.run(work, username=username)
    return Me(
        name=name_of(username),
        is_operator=is_operator,
        tier=settings.tier or Tier.FREE,
        broker_mode=settings.effective_mode,
        max_positions=settings.max_positions,
        daily_loss_limit=settings.daily_loss_limit,
        heat_limit_pct=settings.heat_limit_pct,
        market=market_state(calendar, env.clock.now(), forced_open=env.force_market_open),
        cadence_seconds=stretched_cadence(env),
    )


def market_state(calendar: MarketCalendar, now: datetime, *, forced_open: bool) -> MarketState:
    """Describe the market of today, the New York day of `now`."""
    today = new_york_date(now)
    session = calendar.session(today)
    begun = calendar.last_session(now)
    return MarketState(
        now=now,
        is_open=forced_open or calendar.is_open(now),
        next_open=calendar.next_session(now).opens_at,
        next_close=calendar.next_close(now),
        holiday=calendar.holiday(today),
        closes_early=session is not None and session.early_close,
        opened_at=begun.opens_at,
        closes_at=begun.closes_at,
        previous_close=calendar.last_session(begun.opens_at, before=True).closes_at,
    )
