"""Ask for a replay, and see how far it came (C-09)."""

from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.replays.request import ReplayRequest
from chalicelib.domain.clocks.replay_messages import AI_REPLAY, OneReplay
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, RiskLimitReached
from chalicelib.store.ai import replays as store
from chalicelib.store.ai.replays import ReplayRow
from chalicelib.store.database import after_commit
from chalicelib.store.turns import take_turn

#: Of one user at a time: each reads a month of minutes.
UNDER_WAY_MAX: Final = 3
DAYS_MAX: Final = 92
LOST_AFTER: Final = timedelta(minutes=5)


def ask_replay(env: Environment, username: str, trader_id: UUID, wanted: ReplayRequest) -> ReplayRow:
    """Store a replay for its job; raises NotFound, Invalid, RiskLimitReached while others are under way."""
    now = env.clock.now()
    if wanted.to_at <= wanted.from_at or wanted.from_at >= now:
        raise Invalid([FieldError(field="from", message="must be before the end and in the past")])
    if wanted.to_at - wanted.from_at > timedelta(days=DAYS_MAX):
        raise Invalid([FieldError(field="from", message=f"may lie {DAYS_MAX} days before the end")])
    replay_id = env.randomness.uuid7(now)

    def work(connection: Connection) -> ReplayRow:
        take_turn(connection, username)
        hold(connection, username, trader_id)
        under_way = store.count_under_way(connection, username, now - timedelta(days=1))
        if under_way >= UNDER_WAY_MAX:
            asked, most = Decimal(under_way + 1), Decimal(UNDER_WAY_MAX)
            raise RiskLimitReached("quota", asked, most, what="replay")
        row = store.add(
            connection, username, replay_id=replay_id, trader_id=trader_id, request=wanted.as_json()
        )
        work_of = OneReplay(username=username, replay_id=replay_id)
        after_commit(connection, lambda: env.bus.send(AI_REPLAY, work_of.payload()))
        return row

    return env.database.run(work, username=username)


def read_replay(env: Environment, username: str, replay_id: UUID) -> ReplayRow:
    """Read a replay; raises NotFound. One whose message seems lost is sent for again."""
    row = env.database.read(lambda connection: store.read(connection, username, replay_id), username=username)
    if row is None:
        raise NotFound("replay")
    if row.status == store.QUEUED and env.clock.now() - row.created_at > LOST_AFTER:
        env.bus.send(AI_REPLAY, OneReplay(username=username, replay_id=replay_id).payload())
    return row
