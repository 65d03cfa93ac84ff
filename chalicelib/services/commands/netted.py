"""No entry against what another trade of the account holds, where the broker would net the two (I-09)."""

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.accounts import AccountRef
from chalicelib.services.commands.listed import Listed
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.trades.open_positions import sides_held


def check_netted(connection: Connection, account: AccountRef, listed: Listed) -> None:
    """Raise Invalid where a leg would take away what another trade there holds, or waits to hold.

    Other brokers refuse such an order themselves. One that nets would take it, and neither trade could be
    left or protected afterwards: each close would open a position.
    """
    if not CAPABILITIES[account.mode].nets:
        return
    held = sides_held(connection, account, [leg.symbol for leg in listed.legs])
    for leg in listed.legs:
        other = leg.wanted.side.other
        if (leg.symbol, other) in held:
            message = (
                f"Another trade is {other.value.lower()} {leg.symbol} in this account, and its broker would "
                "net the two. Leave that one first, or name another account."
            )
            raise Invalid([FieldError(field="legs", message=message)])
