"""The deployment's short id: made at first need, kept in the database, so that a restore brings it back."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.trading.order_tags import SHORT_ID_LENGTH, TagMark, mark_of
from chalicelib.store.database import Database

_READ: Final = text("select id from deployment")
#: Two that make it at once agree on the first one's.
_MAKE: Final = text("insert into deployment (id) values (:id) on conflict do nothing")


class OrderTags:
    """Gives each user the mark of their orders' tags (A-12); the deployment is read once per process."""

    def __init__(self, database: Database, token_bytes: Callable[[int], bytes]) -> None:
        self._database = database
        self._token_bytes = token_bytes
        self._deployment_id: str | None = None

    def mark(self, username: str) -> TagMark:
        """Return a user's mark. Not for use inside a transaction; raises DatabaseUnavailable."""
        if self._deployment_id is None:
            self._deployment_id = self._database.by_itself(self._read_or_make)
        return mark_of(self._deployment_id, username)

    def _read_or_make(self, connection: Connection) -> str:
        found = connection.execute(_READ).scalar_one_or_none()
        if found is None:
            connection.execute(_MAKE, {"id": self._token_bytes(SHORT_ID_LENGTH // 2).hex()})
            found = connection.execute(_READ).scalar_one()
        return str(found)
