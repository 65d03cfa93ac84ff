"""An account whose broker gives no answer: counted, told, and where coins trade asked again soon.

Coins have no night to wait for (C-06): the first failed look is followed by others after 2, 4, 8 and 16 s, so
that within half a minute its owner is told that trading pauses. Entries wait from the first failure on
(`commands/paused.py`); what rests at the exchange goes on.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.services.accounts.hand_over import hand_over_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.raise_alert import Severity, account_topic, raise_alert, resolve_broker_alert
from chalicelib.store.accounts import broker_accounts
from chalicelib.vendors.errors import AuthenticationFailed, RateLimited, VendorClosed, VendorError

UNREADABLE: Final = "broker_unreadable"
KEYS_REFUSED: Final = "keys_refused"
LIMITED: Final = "rate_limited"
#: Two failures may be a hiccup; from the third on the owner should know.
_FAILURES_TO_TELL: Final = 3
#: Where coins trade: how soon the next look follows each of the first failures (C-06).
ASKED_AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 4, 8, 16))
#: Words of C-06.
PAUSED: Final = "Exchange connectivity issues - trading paused"
PAUSED_BY_LIMIT: Final = "Trading paused - rate limit"


def note_failure(keeper: AccountKeeper, error: VendorError) -> None:
    """Count a look that failed, and tell its owner once it is no hiccup."""
    is_of_coins = keeper.account.mode.is_of_coins_alone

    def note(connection: Connection) -> int:
        failures = broker_accounts.count_failure(connection, keeper.account)
        if is_of_coins:
            _tell_of_coins(keeper, connection, failures, error)
        elif failures >= _FAILURES_TO_TELL:
            _tell(keeper, connection, UNREADABLE, f"{keeper.account.mode} cannot be read: {error.reason}")
        return failures

    failures = keeper.write(note)
    if is_of_coins and failures <= len(ASKED_AGAIN) and _may_pass(error):
        now = keeper.env.clock.now()
        hand_over_account(keeper.env, keeper.account, due_at=now + ASKED_AGAIN[failures - 1])


def resolve_trouble(connection: Connection, keeper: AccountKeeper) -> None:
    """Mark it as over: the account was read."""
    for kind in (UNREADABLE, KEYS_REFUSED, LIMITED):
        resolve_broker_alert(connection, keeper.username, kind=kind, topic=account_topic(keeper.account))


def _may_pass(error: VendorError) -> bool:
    """Say whether asking again within seconds makes sense: we are neither told to stay away nor shut out."""
    return not isinstance(error, AuthenticationFailed | RateLimited | VendorClosed)


def _tell_of_coins(keeper: AccountKeeper, connection: Connection, failures: int, error: VendorError) -> None:
    if isinstance(error, AuthenticationFailed):
        message = (
            f"{keeper.account.mode} refuses the stored key: {error.reason}. No entry leaves. What rests "
            "there goes on; stops, targets and closes wait for another key."
        )
        _tell(keeper, connection, KEYS_REFUSED, message, Severity.CRITICAL)
    elif isinstance(error, RateLimited | VendorClosed):
        _tell(keeper, connection, LIMITED, PAUSED_BY_LIMIT)
    elif failures > len(ASKED_AGAIN):
        _tell(keeper, connection, UNREADABLE, f"{PAUSED}: {error.reason}", Severity.CRITICAL)


def _tell(
    keeper: AccountKeeper,
    connection: Connection,
    kind: str,
    message: str,
    severity: Severity = Severity.WARNING,
) -> None:
    raise_alert(
        keeper.env,
        connection,
        keeper.username,
        severity=severity,
        kind=kind,
        message=message,
        lasting=True,
        topic=account_topic(keeper.account),
    )
