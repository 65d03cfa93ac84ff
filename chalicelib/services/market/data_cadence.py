"""How often the data plan lets the market be read (A-02, data budget)."""

from sqlalchemy import Connection

from chalicelib.domain.clocks.session_instants import SNAPSHOT_EVERY
from chalicelib.domain.market.data_budget import CADENCES_SECONDS, plan_cadence, session_seconds_left
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.trades.open_positions import count_underlyings


def cadence_seconds(env: Environment) -> int:
    """Work out the seconds between snapshots that the month's quota allows, and note them for pages.

    The usual ones without a quota.
    """
    if env.data_plan is None:
        return CADENCES_SECONDS[0]
    plan = env.data_plan
    now = env.clock.now()

    def read(connection: Connection) -> tuple[int, int]:
        calendar = calendar_of(env, connection)
        return count_underlyings(connection), session_seconds_left(calendar, now)

    underlyings, seconds_left = env.database.run(read, username=None)
    budget = plan_cadence(
        used_calls=plan.used(now),
        calls_per_snapshot=underlyings,
        session_seconds_left=seconds_left,
        monthly_quota=plan.monthly_quota,
    )
    plan.note_cadence(now, budget.cadence_seconds)
    return budget.cadence_seconds


def stretched_cadence(env: Environment) -> int | None:
    """Return the seconds between snapshots where the data plan has stretched them, which the page says."""
    if env.data_plan is None:
        return None
    seconds = env.data_plan.cadence(env.clock.now())
    return None if seconds is None or seconds <= CADENCES_SECONDS[0] else seconds


def is_left_out(seconds_since_open: int, cadence: int) -> bool:
    """Say whether a stretched cadence leaves out this 40-second instant."""
    step = int(SNAPSHOT_EVERY.total_seconds())
    return seconds_since_open > 0 and seconds_since_open // cadence == (seconds_since_open - step) // cadence
