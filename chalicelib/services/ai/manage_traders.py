"""A user's traders (C-01): made, read, changed as a whole, taken away."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.reading import read_trader
from chalicelib.domain.ai.traders.trader import Trader, TraderMode
from chalicelib.domain.json_value import plain_json
from chalicelib.domain.people import Tier
from chalicelib.services.environment import Environment
from chalicelib.services.errors import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    RiskLimitReached,
    StaleTrader,
    TradesOpen,
)
from chalicelib.services.listing import Listing
from chalicelib.services.users.settings import require
from chalicelib.store.ai import traders as store
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.database import Isolation

#: A person who has more no longer reads what they decide.
TRADERS_MAX: Final = 100


def create_trader(env: Environment, username: str, body: object) -> TraderRow:
    """Store what a body describes as a new trader.

    Raises Forbidden to the tier Free, Invalid, RiskLimitReached beyond the quota.
    """
    trader_id = env.randomness.uuid7(env.clock.now())

    def work(connection: Connection) -> TraderRow:
        settings = require(connection, username, lock=True)  # takes turns: nobody makes the last one twice
        if settings.tier in {None, Tier.FREE}:
            raise Forbidden("The tier Free looks only: a trader needs Pro or Elite.")
        trader = _read(body, trader_id, version=1)
        _check_mode(trader, is_live_on=False)
        have = store.count(connection, username)
        if have >= TRADERS_MAX:
            raise RiskLimitReached("quota", Decimal(have + 1), Decimal(TRADERS_MAX), what="trader")
        return store.add(connection, username, trader)

    return env.database.run(work, username=username)


def list_traders(env: Environment, username: str, *, before: UUID | None, limit: int) -> Listing[TraderRow]:
    """List a user's traders, newest first."""

    def work(connection: Connection) -> list[TraderRow]:
        return store.page(connection, username, before=before, limit=limit + 1)

    rows = env.database.read(work, username=username)
    next_cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def read_trader_of(env: Environment, username: str, trader_id: UUID) -> TraderRow:
    """Read one trader; raises NotFound."""
    row = env.database.read(lambda c: store.read(c, username, trader_id), username=username)
    if row is None:
        raise NotFound("trader")
    return row


def change_trader(env: Environment, username: str, trader_id: UUID, body: object, version: int) -> TraderRow:
    """Put what a body describes in the trader's place; the same again changes nothing.

    Its state stays but for ON and OFF, which are `enabled`. Raises NotFound, Invalid, StaleTrader.
    """
    wanted = _read(body, trader_id, version=version + 1)

    def work(connection: Connection) -> TraderRow:
        present = hold(connection, username, trader_id)
        if present.version != version:
            raise StaleTrader(present)
        if present.body == store.stored_body(wanted):
            return present
        _check_mode(wanted, is_live_on=present.live_enabled)
        return store.write(connection, username, wanted)

    # Who waited for an entry to be stored sees the trade that it made.
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def delete_trader(env: Environment, username: str, trader_id: UUID, version: int) -> None:
    """Take a trader away; raises NotFound, StaleTrader, and TradesOpen while trades of it are open."""

    def work(connection: Connection) -> None:
        present = hold(connection, username, trader_id)
        if present.version != version:
            raise StaleTrader(present)
        still_open = store.count_open_trades(connection, username, trader_id)
        if still_open:
            raise TradesOpen(still_open)
        store.remove(connection, username, trader_id)

    # As above.
    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def hold(connection: Connection, username: str, trader_id: UUID) -> TraderRow:
    """Read a trader and hold it until the transaction ends; raises NotFound."""
    row = store.read(connection, username, trader_id, lock=True)
    if row is None:
        raise NotFound("trader")
    return row


def _read(body: object, trader_id: UUID, *, version: int) -> Trader:
    """Read a body as it will be stored, so that what is judged later is what was accepted."""
    found = read_trader(plain_json(body), trader_id, version)
    if isinstance(found, Trader):
        return found
    raise Invalid([FieldError(field=fault.field, message=fault.message) for fault in found])


def _check_mode(trader: Trader, *, is_live_on: bool) -> None:
    if trader.trading.mode is TraderMode.LIVE and not is_live_on:
        raise Invalid([FieldError(field="trading.mode", message="live is switched on by its own call")])
