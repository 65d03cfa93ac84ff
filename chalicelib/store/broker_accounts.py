"""What is remembered of broker accounts between two looks."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

Key = Mapping[str, object]
"""`username, mode, account_id`, as the statements below name them."""

_NOTE_SYNC: Final = text(
    """
    update broker_accounts
    set failures = 0, empty_since = case when :is_empty then empty_since end
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_TROUBLED: Final = text(
    """
    select failures > 0 or empty_since is not null from broker_accounts
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_COUNT_FAILURE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, failures)
    values (:username, :mode, :account_id, 1)
    on conflict (username, broker_mode, account_id) do update set failures = broker_accounts.failures + 1
    returning failures
    """
)


def is_troubled(connection: Connection, account: Key) -> bool:
    """Say whether the account was unreadable or empty at the last look."""
    return bool(connection.execute(_TROUBLED, account).scalar())


def note_read(connection: Connection, account: Key, *, is_empty: bool) -> None:
    """Note that the account could be read, and whether it still shows nothing that it should."""
    connection.execute(_NOTE_SYNC, {**account, "is_empty": is_empty})


def count_failure(connection: Connection, account: Key) -> int:
    """Count a look that the broker did not answer; returns how many in a row."""
    return int(connection.execute(_COUNT_FAILURE, account).scalar_one())
