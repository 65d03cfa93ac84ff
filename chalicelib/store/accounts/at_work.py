"""Which broker accounts have something to look after: open trades, live orders, orders of the day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.orders import OUTSTANDING
from chalicelib.store.literals import in_words

_OUTSTANDING: Final = in_words(OUTSTANDING)
#: Trades that have not ended, orders that may still be alive though their trade has ended, accounts that
#: lacked something at the last look, be it that no trade is left to bear it, and prices that owners told.
_AT_WORK: Final = text(
    f"""
    select username, broker_mode, account_id from paper_trades
    where not is_locked and broker_mode <> 'IMPORTED'
      and (cast(:username as text) is null or username = :username)
    union
    select t.username, t.broker_mode, t.account_id from orders o join paper_trades t on t.id = o.trade_id
    where o.status in ({_OUTSTANDING})
      and (cast(:username as text) is null or o.username = :username)
    union
    select username, broker_mode, account_id from broker_accounts
    where differences @? '$.* ? (@.off starts with "-" || @.off == "0")'
      and (cast(:username as text) is null or username = :username)
    union
    select t.username, t.broker_mode, t.account_id from fills f join paper_trades t on t.id = f.trade_id
    where f.fill_rule = 'owner' and f.filled_at >= :told_since
      and (cast(:username as text) is null or f.username = :username)
    order by 1, 2, 3
    """  # noqa: S608 - named sets of our own words
)
_WITH_DAY_ORDERS: Final = text(
    f"""
    select distinct t.username, t.broker_mode, t.account_id
    from orders o join paper_trades t on t.id = o.trade_id
    where o.duration = 'day' and o.status in ({_OUTSTANDING})
    order by 1, 2, 3
    """  # noqa: S608 - as above
)

#: Where an exchange lists orders pair by pair: what trades hold or ended with lately, and orders of theirs.
_SYMBOLS: Final = text(
    f"""
    select distinct l.symbol from paper_trades t join trade_legs l on l.trade_id = t.id
    where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
      and (not t.is_locked or t.last_updated > :since or exists (
          select from orders o where o.trade_id = t.id and o.status in ({_OUTSTANDING})
      ))
    """  # noqa: S608 - as above
)
#: A late word on an order comes within this time, or its owner's question does.
_ENDED_LATELY: Final = timedelta(days=1)


def read_symbols_at_work(connection: Connection, account: AccountRef, now: datetime) -> list[str]:
    """Read the symbols in which an account has, or lately had, a trade or an order."""
    asked = {**account.named, "since": now - _ENDED_LATELY}
    return [row.symbol for row in connection.execute(_SYMBOLS, asked)]


def read_accounts_at_work(
    connection: Connection, username: str | None, *, told_since: datetime | None = None
) -> list[AccountRef]:
    """Read the accounts with open trades or live orders, of one user or, when None, of all.

    Since `told_since` a price that an owner told keeps its account among them: a list may overrule it.
    """
    return _accounts(connection.execute(_AT_WORK, {"username": username, "told_since": told_since}))


def read_accounts_with_day_orders(connection: Connection) -> list[AccountRef]:
    """Read the accounts in which a day order is live or unsettled."""
    return _accounts(connection.execute(_WITH_DAY_ORDERS))


def _accounts(rows: Iterable[Row[Any]]) -> list[AccountRef]:  # Any: a text's columns have no types
    return [
        AccountRef(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in rows
    ]
