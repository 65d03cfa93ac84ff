"""Logins that end by themselves (B-10): told of two days before, and again once they have ended.

Then nothing can be sent there: entries are refused, books stay as they are, exits are asked again after the
next login. What rests at the broker works on without us; what nobody watches any more is named.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.store.users.logins import EndingLogin, read_ending

KIND: Final = "login_ends"
ENDED: Final = "login_ended"
WARNED_BEFORE: Final = timedelta(days=2)


def warn_of_logins(env: Environment, *, look_again_in: timedelta) -> int:
    """Alert the owners of logins that end within two days, once, and of those that have; return how many.

    Nobody looks again before `look_again_in`: who would be told too late then is told now.
    """
    before = env.clock.now() + WARNED_BEFORE + look_again_in
    ending = env.database.run(lambda connection: read_ending(connection, before), username=None)
    for one in ending:
        env.database.run(partial(_warn, env, one), username=one.account.username)
    return len(ending)


def _warn(env: Environment, login: EndingLogin, connection: Connection) -> None:
    account, has_ended = login.account, login.until <= env.clock.now()
    broker = account.mode.broker.value.capitalize()
    if not has_ended:
        said = (
            f"Your login at {broker} ends on {login.until:%d %B at %H:%M} UTC. Sign in there again before: "
            "without it nothing can be opened, closed or watched in that account."
        )
        severity, kind = Severity.WARNING, KIND
    else:
        said = f"Your login at {broker} has ended: {_unwatched(connection, login)} Sign in there again."
        severity, kind = Severity.CRITICAL, ENDED
    raise_alert(
        env,
        connection,
        account.username,
        severity=severity,
        kind=kind,
        topic=account.mode.value,
        message=said,
        lasting=True,
    )


def _unwatched(connection: Connection, login: EndingLogin) -> str:
    """Name what is open there and can be neither read nor closed."""
    names = sorted({trade.ticker for trade in load_live_trades(connection, login.account)})
    if not names:
        return "nothing is open there, and nothing can be opened."
    return (
        f"{', '.join(names)} can be neither watched nor closed from here; stops and targets that rest at the "
        "broker work on, closing is asked for again after the next login."
    )
