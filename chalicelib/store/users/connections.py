"""Rows of `connections`: what a user trades with at each broker, its credentials under one seal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import Label

from chalicelib.domain.accounts import AccountRef, BrokerMode, ConnectionState
from chalicelib.store.ahead import later
from chalicelib.store.schema import connections
from chalicelib.store.users.access import OF_CREDENTIALS

#: The index by which a broker account belongs to one user.
_ONE_OWNER: Final = "connections_one_owner"
_KNOWN: Final = {mode.value: mode for mode in BrokerMode}
_KEPT: Final = ("account_id", "sealed", "last4", "live_enabled", "login_until")
_OF_CREDENTIALS: Final = ("sealed", "last4", "answer", "answered_at", "last_ok_at", "reason")

#: A column for statements that read `user_settings`: the user's connections, empty without any. Who reads
#: settings reads them too, in the same round trip. An array of texts: JSON costs the reader three times that.
OF_SETTINGS: Final[Label[Any]] = literal_column(  # Any: an array, as the driver reads it
    "array(select array[broker_mode, account_id, sealed, last4, live_enabled::text,"
    " extract(epoch from login_until)::text] from connections"
    " where connections.username = user_settings.username)"
).label("connections")
#: Whoever was shown a balance was let in.
_ANSWERS: Final = text(
    """
    select c.broker_mode, c.answer, c.answered_at, c.reason, greatest(c.last_ok_at, r.read_at) as last_ok_at
    from connections c left join account_readings r
        on r.username = c.username and r.broker_mode = c.broker_mode and r.account_id = c.account_id
    where c.username = :username and c.sealed is not null
    """
)
_WITH_ACCOUNT: Final = select(
    connections.c.username, connections.c.broker_mode, connections.c.account_id
).where(connections.c.sealed.is_not(None), connections.c.account_id.is_not(None))


class AccountTaken(Exception):
    """This broker account is another user's here; the transaction is lost, and nobody is named."""

    def __init__(self, mode: BrokerMode) -> None:
        super().__init__("a broker account belongs to one user of a deployment")
        self.mode = mode


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnection:
    """What is stored of one broker. `sealed` holds its credentials; `last4` is all that is shown of them.

    `live_enabled` is its live switch (Tradier's is in the settings), `login_until` when a login ends itself.
    """

    account_id: str | None = None
    sealed: str | None = None
    last4: str | None = None
    live_enabled: bool = False
    login_until: datetime | None = None

    @property
    def works_in(self) -> str | None:
        """Return the account that can be reached: none without credentials, however it is called."""
        return None if self.sealed is None else self.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAnswer:
    """What a broker last said of what is stored; `reason` is its own word where it said no."""

    state: ConnectionState
    answered_at: datetime | None
    last_ok_at: datetime | None
    reason: str | None = None


#: Where nothing is stored.
NOT_CONNECTED: Final = StoredConnection()


def sealed_as(mode: BrokerMode) -> str:
    """Return the field that credentials of a mode are bound to: what is sealed of one opens as no other."""
    return f"{mode.value.lower()}_token"


def from_column(
    found: Sequence[Sequence[Any]],  # Any: texts, of which all but the mode may be null
) -> dict[BrokerMode, StoredConnection]:
    """Read what `OF_SETTINGS` gave; a broker that only the next release knows is passed over."""
    return {
        _KNOWN[mode]: StoredConnection(
            account_id=account_id,
            sealed=sealed,
            last4=last4,
            live_enabled=live == "true",
            login_until=None if until is None else datetime.fromtimestamp(float(until), UTC),
        )
        for mode, account_id, sealed, last4, live, until in found
        if mode in _KNOWN
    }


def read_accounts(connection: Connection) -> list[AccountRef]:
    """Read every account that can be reached; for jobs, acting for nobody."""
    return [
        AccountRef(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in connection.execute(_WITH_ACCOUNT)
    ]


def write(connection: Connection, username: str, mode: BrokerMode, kept: StoredConnection) -> None:
    """Store a connection as it is from now on, which its broker took a moment ago; raises AccountTaken."""
    row = insert(connections).values(username=username, broker_mode=mode.value)
    # Made empty, then filled: triggers carry updates to where the release before reads, and no inserts.
    later(connection, row.on_conflict_do_nothing())
    values: dict[str, object] = {name: getattr(kept, name) for name in _KEPT}
    now = None if kept.works_in is None else func.papertape_now()
    values |= {"answered_at": now, "last_ok_at": now, "reason": None}
    values["answer"] = None if kept.works_in is None else ConnectionState.OK.value
    values |= dict.fromkeys(OF_CREDENTIALS)
    try:
        connection.execute(
            update(connections)
            .where(connections.c.username == username, connections.c.broker_mode == mode.value)
            .values(**values, updated_at=func.papertape_now())
        )
    except IntegrityError as error:
        if _broken_constraint(error) != _ONE_OWNER:
            raise
        raise AccountTaken(mode) from error


def _broken_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint or unique index that a statement broke, empty when it is not told."""
    return str(getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "")


def write_live(connection: Connection, username: str, mode: BrokerMode, *, enabled: bool) -> None:
    """Switch an account's live trading on or off."""
    mine = (connections.c.username == username, connections.c.broker_mode == mode.value)
    connection.execute(update(connections).where(*mine).values(live_enabled=enabled))


def write_sealed(connection: Connection, username: str, mode: BrokerMode, sealed: str) -> None:
    """Store credentials sealed anew: nothing that their owner sees has changed."""
    mine = (connections.c.username == username, connections.c.broker_mode == mode.value)
    connection.execute(update(connections).where(*mine).values(sealed=sealed))


def read_answers(connection: Connection, username: str) -> dict[BrokerMode, BrokerAnswer]:
    """Read what brokers last said; what was stored without being asked after is taken for good till it is."""
    return {
        _KNOWN[row.broker_mode]: BrokerAnswer(
            state=ConnectionState(row.answer or ConnectionState.OK),
            answered_at=row.answered_at,
            last_ok_at=row.last_ok_at,
            reason=row.reason,
        )
        for row in connection.execute(_ANSWERS, {"username": username})
        if row.broker_mode in _KNOWN
    }


def note_answer(
    connection: Connection, username: str, mode: BrokerMode, sealed: str, answer: BrokerAnswer
) -> None:
    """Keep what a broker said of these credentials; of others, which came meanwhile, it said nothing."""
    values = {"answer": answer.state.value, "answered_at": answer.answered_at, "reason": answer.reason}
    connection.execute(
        update(connections)
        .where(
            connections.c.username == username,
            connections.c.broker_mode == mode.value,
            connections.c.sealed == sealed,
        )
        .values(**values, last_ok_at=answer.last_ok_at)
    )


def forget_credentials(connection: Connection, username: str) -> None:
    """Drop a user's credentials at every broker."""
    nothing = dict.fromkeys((*_OF_CREDENTIALS, *OF_CREDENTIALS))
    gone = {**nothing, "live_enabled": False, "login_until": None, "updated_at": func.papertape_now()}
    connection.execute(update(connections).where(connections.c.username == username).values(**gone))
