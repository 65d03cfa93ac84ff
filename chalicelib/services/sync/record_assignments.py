"""Shares that came of the desk's short options, recorded once the broker shows them (B-01).

Asked before the open and by each reconciliation: only what is recorded may have calls written on it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.money import ZERO
from chalicelib.domain.spelling import in_dollars
from chalicelib.services.accounts.at_work import keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.desk.assignments import Delivered, read_unrecorded, record
from chalicelib.store.trades.open_positions import explained_quantity
from chalicelib.vendors.errors import VendorError

RECORDED: Final = "assignment_recorded"


def record_assignments(env: Environment, username: str | None = None, *, wait_seconds: float = 0) -> int:
    """Record what is shown of deliveries that wait for it, account by account; returns how many were."""
    waiting = env.database.read(lambda connection: read_unrecorded(connection, username), username=username)
    accounts = [(account, list(of_one)) for account, of_one in groupby(waiting, key=lambda one: one.account)]
    tasks = [partial(_of_account, env, account, of_one, wait_seconds) for account, of_one in accounts]
    return sum(env.side_by_side.each(tasks))


def _of_account(
    env: Environment, account: AccountRef, waiting: Sequence[Delivered], wait_seconds: float
) -> int:
    """Look at one account; one that somebody keeps, or that cannot be read, is looked at again."""
    recorded = keep_account(env, account, lambda keeper: _record(keeper, waiting), wait_seconds=wait_seconds)
    return recorded or 0


def _record(keeper: AccountKeeper, waiting: Sequence[Delivered]) -> int:
    try:
        positions = keeper.broker.positions()
    except VendorError:
        return 0
    shown: dict[str, Decimal] = {}
    for one in positions:
        shown[one.symbol] = shown.get(one.symbol, ZERO) + one.quantity
    return keeper.write(lambda connection: _record_shown(keeper, connection, waiting, shown))


def _record_shown(
    keeper: AccountKeeper,
    connection: Connection,
    waiting: Sequence[Delivered],
    shown: Mapping[str, Decimal],
) -> int:
    """Record the deliveries of each underlying of which the account shows all shares that trades explain."""
    recorded = 0
    for one in waiting:
        if shown.get(one.symbol, ZERO) < explained_quantity(connection, one.account, one.symbol):
            continue
        now = keeper.env.clock.now()
        record(connection, keeper.env.randomness.uuid7(now), one)
        recorded += 1
        raise_alert(
            keeper.env,
            connection,
            one.account.username,
            severity=Severity.INFO,
            kind=RECORDED,
            trade_id=one.trade_id,
            message=(
                f"{one.shares.normalize():f} shares of {one.symbol} at {one.cost.normalize():f} "
                f"({in_dollars(one.shares * one.cost)}) are recorded for {one.strategy}."
            ),
        )
    return recorded
