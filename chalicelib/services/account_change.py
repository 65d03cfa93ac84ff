"""What a change of settings may not do to broker accounts: strand open trades, take another user's (A-12)."""

from collections.abc import Mapping

from sqlalchemy import Connection

from chalicelib.services.errors import FieldError, Invalid, TradesOpen
from chalicelib.store.settings import ACCOUNT_FIELD, TOKEN_FIELD, AccountTaken, UserSettings
from chalicelib.store.stranded_trades import count_stranded


def check_nobody_stranded(
    connection: Connection, present: UserSettings, values: Mapping[str, object]
) -> None:
    """Raise TradesOpen when the columns that are about to change would cut open trades off their account.

    A renewed token of the same account cuts nothing off. Within the user's turn: no trade begins meanwhile.
    """
    stranded = 0
    for mode, token_field in TOKEN_FIELD.items():
        sealed, account = f"{token_field}_sealed", ACCOUNT_FIELD[mode]
        if not values.keys() & {sealed, account}:
            continue
        keeps_token = values[sealed] is not None if sealed in values else mode in present.tokens
        number = values.get(account, present.account_ids.get(mode)) if keeps_token else None
        named = None if number is None else str(number)
        stranded += count_stranded(connection, present.username, mode, named)
    if stranded:
        raise TradesOpen(stranded)


def refusal_of(taken: AccountTaken) -> Invalid:
    """Return what the second owner of an account hears: that it is taken, never by whom (I-21)."""
    message = "this broker account belongs to another user here"
    return Invalid([FieldError(field=ACCOUNT_FIELD[taken.mode], message=message)])
