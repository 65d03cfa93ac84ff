"""What an account lacks beyond all that its trades hold (I-09, I-31): told, as no trade is left to mend it.

Contracts that went under a working bracket, for instance, which filled before their loss was believed: the
trade has ended by then, and its facts are final. Nobody but the owner can say what the short is for.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.books import Seen
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.services.sync.account_round import AccountRound

_SHORT: Final = "account_short"


def tell_short(look: AccountRound, connection: Connection, symbol: str, lacks: Decimal) -> None:
    """Tell an account's owner, until it is over, of what was sold that nobody held."""
    raise_alert(
        look.keeper.env,
        connection,
        look.keeper.username,
        severity=Severity.CRITICAL,
        kind=_SHORT,
        message=(
            f"The account is short {lacks.normalize():f} of {symbol}, and no trade here holds any of it to "
            "buy it back for. Look at your broker: more was sold there than was held."
        ),
        lasting=True,
        topic=_topic(look, symbol),
    )


def end_short(look: AccountRound, connection: Connection, symbol: str) -> None:
    """Mark it as over: the account is short of it no more, or a trade of the contract lacks it."""
    resolve_alert(connection, look.keeper.username, kind=_SHORT, topic=_topic(look, symbol))


def lacking_without_a_trade(seen: Seen, stood: Iterable[Stood]) -> frozenset[str]:
    """Return the contracts that an account lacked at the last look and that none of its trades holds."""
    held = {symbol for one in stood if one.trade.open_qty > 0 for symbol in one.trade.symbols}
    return frozenset(symbol for symbol, one in seen.differences.items() if one.off <= 0) - held


def just_ended(stood: Iterable[Stood], today: date) -> frozenset[str]:
    """Return the contracts of trades that ended within this sync: the account may have had less to sell."""
    return frozenset(
        leg.symbol
        for one in stood
        for leg in one.trade.legs
        if one.trade.is_ended
        and one.trade.filled_qty > 0
        and (leg.expiry or date.min) >= today
        and not any(order.is_outstanding for order in one.orders)
    )


def _topic(look: AccountRound, symbol: str) -> str:
    return f"{look.account.account_id}:{symbol}"
