"""Logins that a person makes in a browser and that end by themselves, in rows of `connections` (W-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode

_ASK: Final = text(
    """
    update connections set login_state = :state, login_asked_at = :at
    where username = :username and broker_mode = :mode and sealed is not null
    """
)
#: Taken and gone in one statement: of two who come back with it one finds it.
_REDEEM: Final = text(
    """
    update connections set login_state = null
    where username = :username and broker_mode = :mode and login_state = :state and login_asked_at > :since
    returning sealed
    """
)
_ENDING: Final = text(
    """
    select username, broker_mode, account_id, login_until from connections
    where login_until <= :before and account_id is not null and sealed is not null
    order by username, broker_mode
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingLogin:
    """A login that ends soon, or has ended, and the account that is reached with it."""

    account: AccountRef
    until: datetime


def ask_login(connection: Connection, username: str, mode: BrokerMode, state: str, at: datetime) -> None:
    """Remember what a browser is sent out with, in place of whatever another one was."""
    connection.execute(_ASK, {"username": username, "mode": mode.value, "state": state, "at": at})


def redeem_state(
    connection: Connection, username: str, mode: BrokerMode, state: str, since: datetime
) -> str | None:
    """Return the sealed credentials that a browser was sent out for, once; None for another state."""
    values = {"username": username, "mode": mode.value, "state": state, "since": since}
    return connection.execute(_REDEEM, values).scalar()


def read_ending(connection: Connection, before: datetime) -> Sequence[EndingLogin]:
    """Read the logins that end before an instant; for jobs, acting for nobody."""
    return [
        EndingLogin(
            account=AccountRef(
                username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id
            ),
            until=row.login_until,
        )
        for row in connection.execute(_ENDING, {"before": before})
    ]
