"""Reconcile the desk with its brokers (B-07): settle what should be over, list what differs, tell of both.

Mostly the minute's sync has done it; what it could not is told of, and blocks entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.structures.shapes import called
from chalicelib.domain.trading.drift import Drift
from chalicelib.services.accounts.at_work import keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.drift import compare
from chalicelib.services.sync.record_assignments import record_assignments
from chalicelib.services.sync.sync_account import AccountSync
from chalicelib.store.desk.drift import Compared, accounts_to_compare, drift_of_user
from chalicelib.store.desk.unsettled import Unsettled, end_settled, read_unsettled
from chalicelib.vendors.errors import VendorError

#: B-07: so long after it was sent, every order of the desk has to be settled.
SETTLED_WITHIN: Final = timedelta(minutes=5)
NOT_SETTLED: Final = "not_settled"
_WORDS: Final[Mapping[str, str]] = {
    "ENTRY": "its entry is not settled five minutes after it was sent",
    "EXIT": "its close is still submitted after five minutes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one look at one account came to.

    `trouble` is why it could not be looked at: busy, or what its broker said. `unsettled` are trades with an
    order that should be over; `settled` those of which it is by now.
    """

    account: AccountRef
    underlyings: tuple[str, ...] = ()
    settled: tuple[Unsettled, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()
    drift: tuple[Drift, ...] = ()
    trouble: str | None = None


def accounts_of_the_desk(env: Environment, username: str | None = None) -> list[Compared]:
    """Return every account in which the desk acts, of one user or of all."""
    return env.database.read(lambda connection: accounts_to_compare(connection, username), username=username)


def reconcile(
    env: Environment,
    username: str | None = None,
    *,
    account: AccountRef | None = None,
    wait_seconds: float = 0,
) -> list[Reconciled]:
    """Look at every account in which the desk acts, side by side: of one user, one alone, or all."""
    whose = username if account is None else account.username
    record_assignments(env, whose, wait_seconds=wait_seconds)
    found = [one for one in accounts_of_the_desk(env, whose) if account in {None, one.account}]
    return env.side_by_side.each([partial(_reconcile, env, one, wait_seconds) for one in found])


def outlook(env: Environment, username: str) -> list[Reconciled]:
    """Say what a look would take up, by what is stored: no broker is asked, and nothing changes (B-14)."""
    before = env.clock.now() - SETTLED_WITHIN

    def read(connection: Connection) -> list[Reconciled]:
        drifts = drift_of_user(connection, username)
        return [
            Reconciled(
                account=one.account,
                underlyings=tuple(sorted(one.tickers)),
                unsettled=tuple(read_unsettled(connection, one.account, before)),
                drift=tuple(drifts.get(one.account, {}).values()),
            )
            for one in accounts_to_compare(connection, username)
        ]

    return env.database.run(read, username=username)


def _reconcile(env: Environment, wanted: Compared, wait_seconds: float) -> Reconciled:
    looked = keep_account(
        env, wanted.account, lambda keeper: _look(keeper, wanted), wait_seconds=wait_seconds
    )
    if looked is None:
        return Reconciled(
            account=wanted.account, trouble="the account is kept, or its token cannot be opened"
        )
    return looked


def _look(keeper: AccountKeeper, wanted: Compared) -> Reconciled:
    before = _read(keeper)
    left: list[Unsettled] = []
    if before:
        AccountSync(keeper).run(positions_at_once=True)
        left = _read(keeper)
    keeper.write(lambda connection: _tell(keeper, connection, left))
    still = {one.trade_id for one in left}
    drift: list[Drift] = []
    trouble = None
    try:
        drift = compare(keeper, wanted.tickers)
    except VendorError as error:
        trouble = error.reason
    return Reconciled(
        account=wanted.account,
        underlyings=tuple(sorted(wanted.tickers)),
        settled=tuple(one for one in before if one.trade_id not in still),
        unsettled=tuple(left),
        drift=tuple(drift),
        trouble=trouble,
    )


def _read(keeper: AccountKeeper) -> list[Unsettled]:
    before = keeper.env.clock.now() - SETTLED_WITHIN
    return keeper.database.read(
        lambda connection: read_unsettled(connection, keeper.account, before), username=keeper.username
    )


def _tell(keeper: AccountKeeper, connection: Connection, left: Sequence[Unsettled]) -> None:
    end_settled(connection, keeper.account, NOT_SETTLED, [one.trade_id for one in left])
    for one in left:
        raise_alert(
            keeper.env,
            connection,
            keeper.username,
            severity=Severity.CRITICAL,
            kind=NOT_SETTLED,
            trade_id=one.trade_id,
            message=f"{called(one.ticker, one.structure)}: {_WORDS[one.role]}. Look at your broker.",
            lasting=True,
        )
