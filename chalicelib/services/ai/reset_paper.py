"""The paper account of coins begins anew (C-05): its owner's word, kept in the record."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT
from chalicelib.brokers.errors import Refused
from chalicelib.brokers.interface import Balance
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, TradesOpen, Unavailable
from chalicelib.services.users.settings import require
from chalicelib.store.ai.starts import Start, add_start, count_open
from chalicelib.vendors.errors import VendorError

CONFIRM: Final = "RESET"


def reset_paper(env: Environment, username: str, confirm: str) -> None:
    """Set the paper account of coins back to its first money, and keep what it had.

    Raises Invalid unless it was confirmed, TradesOpen while something is open there, Unavailable.
    """
    if confirm != CONFIRM:
        raise Invalid([FieldError(field="confirm", message=f"must be {CONFIRM}")])
    still_open = env.database.run(lambda connection: _open(connection, username), username=username)
    if still_open:
        raise TradesOpen(still_open)
    now = env.clock.now()
    start_id = env.randomness.uuid7(now)

    def keep(connection: Connection, before: Balance) -> None:
        assert before.equity is not None, "books know what they have"
        start = Start(at=now, equity=before.equity, start_equity=STARTING_USDT)
        add_start(connection, username, start_id, start)

    try:
        env.paper_floor.coins(username).start_anew(keep)
    except Refused as error:
        # An entry came in between.
        raise TradesOpen(1) from error
    except VendorError as error:
        raise Unavailable(error.reason) from error


def _open(connection: Connection, username: str) -> int:
    return count_open(connection, require(connection, username).coins_account)
