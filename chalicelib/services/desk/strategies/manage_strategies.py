"""A user's strategies (B-01): made, read, changed as a whole, taken away."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.body_reader import FieldFault
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import plain_json
from chalicelib.services.environment import Environment
from chalicelib.services.errors import (
    FieldError,
    Invalid,
    NotFound,
    RiskLimitReached,
    StaleStrategy,
    TradesOpen,
)
from chalicelib.services.listing import Listing
from chalicelib.services.users.settings import require
from chalicelib.store.database import Isolation
from chalicelib.store.desk import strategies as store
from chalicelib.store.desk.strategies import StrategyRow

#: Each is scanned every minute; a person who has more no longer reads what they decide.
STRATEGIES_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTrading:
    """A strategy that was to be deleted: it enters nothing more, and stays for the trades that are open."""

    row: StrategyRow
    open_trades: int


def create_strategy(env: Environment, username: str, body: object) -> StrategyRow:
    """Store what a body describes as a new strategy; raises Invalid, RiskLimitReached beyond the quota."""
    strategy = _read(body, env.randomness.uuid7(env.clock.now()), version=1)

    def work(connection: Connection) -> StrategyRow:
        require(connection, username, lock=True)  # takes turns: nobody makes the last one twice
        have = store.count(connection, username)
        if have >= STRATEGIES_MAX:
            raise RiskLimitReached("quota", Decimal(have + 1), Decimal(STRATEGIES_MAX), what="strategy")
        return store.add(connection, username, strategy)

    return env.database.run(work, username=username)


def list_strategies(
    env: Environment, username: str, *, before: UUID | None, limit: int
) -> Listing[StrategyRow]:
    """List a user's strategies, newest first."""

    def work(connection: Connection) -> list[StrategyRow]:
        return store.page(connection, username, before=before, limit=limit + 1)

    rows = env.database.read(work, username=username)
    next_cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def read_strategy_of(env: Environment, username: str, strategy_id: UUID) -> StrategyRow:
    """Read one strategy; raises NotFound."""
    row = env.database.read(lambda c: store.read(c, username, strategy_id), username=username)
    if row is None:
        raise NotFound("strategy")
    return row


def change_strategy(
    env: Environment, username: str, strategy_id: UUID, body: object, version: int
) -> StrategyRow:
    """Put what a body describes in the strategy's place; the same again changes nothing.

    Raises NotFound, Invalid, StaleStrategy, and TradesOpen for another type or underlying while trades of it
    are open: their exits are judged by what they were entered as.
    """
    wanted = _read(body, strategy_id, version=version + 1)

    def work(connection: Connection) -> StrategyRow:
        present = _locked(connection, username, strategy_id, version)
        if _is_same(present, wanted):
            return present
        if (present.type, present.underlying) != (wanted.type.value, wanted.underlying):
            still_open = store.count_open_trades(connection, username, strategy_id)
            if still_open:
                raise TradesOpen(still_open)
        return store.write(connection, username, wanted)

    # Who waited for an entry to be stored sees the trade that it made.
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def delete_strategy(env: Environment, username: str, strategy_id: UUID, version: int) -> StillTrading | None:
    """Take a strategy away; while trades of it are open it is disabled instead, and says so.

    Raises NotFound and StaleStrategy.
    """

    def work(connection: Connection) -> StillTrading | None:
        present = _locked(connection, username, strategy_id, version)
        still_open = store.count_open_trades(connection, username, strategy_id)
        if not still_open:
            store.remove(connection, username, strategy_id)
            return None
        row = store.disable(connection, username, strategy_id) if present.enabled else present
        return StillTrading(row=row, open_trades=still_open)

    # Who waited for an entry to be stored sees the trade that it made.
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _locked(connection: Connection, username: str, strategy_id: UUID, version: int) -> StrategyRow:
    row = store.read(connection, username, strategy_id, lock=True)
    if row is None:
        raise NotFound("strategy")
    if row.version != version:
        raise StaleStrategy(row)
    return row


def _read(body: object, strategy_id: UUID, *, version: int) -> Strategy:
    """Read a body as it will be stored, so that what is judged later is what was accepted."""
    found = read_strategy(plain_json(body), strategy_id, version)
    if isinstance(found, Strategy):
        return found
    raise invalid(found)


def invalid(faults: tuple[FieldFault, ...]) -> Invalid:
    """Return the refusal of these faults."""
    return Invalid([FieldError(field=fault.field, message=fault.message) for fault in faults])


def _is_same(present: StrategyRow, wanted: Strategy) -> bool:
    return present.body == store.stored_body(wanted)
