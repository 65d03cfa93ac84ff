"""Access tokens beside the credentials that renew them, in rows of `connections`, under a seal (W-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from chalicelib.domain.accounts import BrokerMode
from chalicelib.store.schema import connections

#: What belongs to the credentials that are stored, and goes with them.
OF_CREDENTIALS: Final = ("access_sealed", "access_until", "access_refused_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccess:
    """What is stored of one connection: `sealed` are its credentials, `access_sealed` what they renew.

    The token is taken until `until`; before `refused_until` the vendor, which refused the credentials, is not
    asked again.
    """

    sealed: str | None
    access_sealed: str | None
    until: datetime | None
    refused_until: datetime | None


def access_as(mode: BrokerMode) -> str:
    """Return the field that access tokens of a mode are bound to."""
    return f"{mode.value.lower()}_access"


def read_access(connection: Connection, username: str, mode: BrokerMode) -> StoredAccess | None:
    """Read what is stored of a connection, None where there is none."""
    columns = (connections.c.sealed, *(connections.c[name] for name in OF_CREDENTIALS))
    mine = (connections.c.username == username, connections.c.broker_mode == mode.value)
    row = connection.execute(select(*columns).where(*mine)).first()
    if row is None:
        return None
    return StoredAccess(
        sealed=row.sealed,
        access_sealed=row.access_sealed,
        until=row.access_until,
        refused_until=row.access_refused_until,
    )


def write_access(connection: Connection, username: str, mode: BrokerMode, access: StoredAccess) -> None:
    """Keep what came of a renewal; of other credentials, which were stored meanwhile, it says nothing."""
    connection.execute(
        update(connections)
        .where(
            connections.c.username == username,
            connections.c.broker_mode == mode.value,
            connections.c.sealed == access.sealed,
        )
        .values(
            access_sealed=access.access_sealed,
            access_until=access.until,
            access_refused_until=access.refused_until,
        )
    )
