"""Who is signed in, what their limits are, and where the market stands."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.people import name_of
from chalicelib.security.groups import OPERATOR_GROUP
from chalicelib.services.environment import Environment
from chalicelib.services.market.data_cadence import stretched_cadence
from chalicelib.services.shapes import instant, number
from chalicelib.services.users.settings import require

#: The sign-in groups that are tiers, best first; a deployment without groups gives everyone the best (C-08).
TIERS: Final = ("Elite", "Pro", "Free")


def read_me(
    env: Environment, username: str, *, is_operator: bool, groups: frozenset[str]
) -> dict[str, JsonValue]:
    """Describe the caller: mode in effect, limits, market; `cadence_s` where marks come rarer than usual."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        settings = require(connection, username)
        calendar = MarketCalendar(closures=env.closures(connection))
        return {
            "username": name_of(username),
            "operator": is_operator,
            "tier": tier_of(groups),
            "broker_mode": settings.effective_mode.value,
            "limits": {
                "max_positions": settings.max_positions,
                "daily_loss_limit": number(settings.daily_loss_limit),
                "heat_limit_pct": number(settings.heat_limit_pct),
            },
            "market": market_state(calendar, env.clock.now(), forced_open=env.force_market_open),
        }

    me = env.database.run(work, username=username)
    stretched = stretched_cadence(env)
    if stretched is not None and isinstance(market := me["market"], dict):
        market["cadence_s"] = stretched
    return me


def tier_of(groups: frozenset[str]) -> str:
    """Return the caller's tier: the best without groups, else the best known group, else the least."""
    named = {group.lower() for group in groups} - {OPERATOR_GROUP}
    if not named:
        return TIERS[0]
    return next((tier for tier in TIERS if tier.lower() in named), TIERS[-1])


def market_state(calendar: MarketCalendar, now: datetime, *, forced_open: bool) -> dict[str, JsonValue]:
    """Describe today's market: `holiday` names why it is shut, `early_close` is about today."""
    today = new_york_date(now)
    session = calendar.session(today)
    begun = calendar.last_session(now)
    return {
        "now": instant(now),
        "open": forced_open or calendar.is_open(now),
        "next_open": instant(calendar.next_session(now).opens_at),
        "next_close": instant(calendar.next_close(now)),
        "holiday": calendar.holiday(today),
        "early_close": session is not None and session.early_close,
        "session": {
            "opened_at": instant(begun.opens_at),
            "closes_at": instant(begun.closes_at),
            "previous_close": instant(calendar.last_session(begun.opens_at, before=True).closes_at),
        },
    }
