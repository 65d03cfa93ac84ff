"""Leave for good (C-09): nothing is served or decided for this person any more, and all of it is erased.

Our own rows first, as for whoever an operator removes (docs/adr/0020): from that commit on nothing of theirs
is served or shown. Then what has not filled is withdrawn and what is held is sold by the closing procedure;
what cannot be done now (no session, a broker that is away) waits in our rows and is carried out by sync. The
sign-in account goes last. Each step can be repeated by the job that erases.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.people import UserState, name_of
from chalicelib.security.accounts import Accounts, operators
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.commands.ask_to_close import ask_to_close
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, ServiceError
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.sign_in import people
from chalicelib.services.sign_in.offboarding import bar, tell
from chalicelib.store.users import people as store
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.people")
#: C-09: hidden now, erased after so long.
ERASED_AFTER: Final = timedelta(days=90)


def leave(
    env: Environment, accounts: Accounts, username: str, confirm: str, *, machine_now: datetime
) -> None:
    """Take the caller at their word; raises Invalid unless `confirm` is their sign-in name."""
    name = name_of(username)
    if confirm.strip().lower() != name:
        raise Invalid([FieldError(field="confirm", message="must be your username")])
    holder = people.find(env, name)
    if holder is None or holder.username != username:
        raise NotFound("user")
    bar(env, holder, UserState.REMOVED, machine_now, erase_at=env.clock.now() + ERASED_AFTER)
    close_everything(env, username)
    account = accounts.find(name)
    if account is not None and account.sub == holder.sub:
        accounts.delete(name)
    _tell_operators(env, accounts, name, username)


def close_everything(env: Environment, username: str) -> None:
    """Ask for every close first, then carry them out while there is time; sync does what is left."""
    deadline = Deadline(env.clock)
    open_now = env.database.run(lambda connection: store.open_trades(connection, username), username=username)
    asked = []
    for trade_id in open_now:
        try:
            asked.append(ask_to_close(env, username, trade_id))
        except (
            ServiceError
        ) as error:  # shares that another trade of theirs was promised: its close comes first
            _LOG.warning("a close is asked for again tonight: %s", type(error).__name__)
    for trade in asked:
        if trade is None:
            continue
        try:
            carry_on(env, trade, read_calendar(env), deadline)
        except ServiceError as error:
            _LOG.warning("a close is left to sync: %s", type(error).__name__)
            hand_over(env, trade)


def _tell_operators(env: Environment, accounts: Accounts, name: str, username: str) -> None:
    held = env.database.run(lambda connection: store.count_held(connection, username), username=username)
    kept = f" {held} of their positions are still being closed." if held else " Nothing of theirs is held."
    for operator in operators(accounts) - {name}:
        if people.find(env, operator) is not None:
            tell(env, operator, f"{name} left, and will be erased.{kept}", severe=bool(held))
