"""Open trades that a change of account or token would leave without their broker (A-12)."""

from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import BrokerMode

_COUNT: Final = text(
    """
    select count(*) from paper_trades
    where username = :username and not is_locked and broker_mode = :mode
      and account_id is distinct from cast(:account_id as text)
    """
)


def count_stranded(connection: Connection, username: str, mode: BrokerMode, account_id: str | None) -> int:
    """Count a user's trades not ended that are in another account of this environment than `account_id`.

    None stands for no account that can be reached: then all of them count.
    """
    wanted = {"username": username, "mode": mode, "account_id": account_id}
    return int(connection.execute(_COUNT, wanted).scalar_one())
