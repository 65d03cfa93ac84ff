"""Which coins a tick has to look at: those of working paper orders and of open trades (C-05)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import COINS_ACCOUNT, BrokerMode
from chalicelib.domain.trading.orders import LIVE
from chalicelib.store.literals import in_words

#: A working order meets minutes from its own on; an account that fell behind, from where it did.
_WORKING: Final = f"""
    select o.symbol, o.username, least(a.behind_since, coalesce(o.rests_from, o.created_at)) as since,
           a.behind_since
    from paper_orders o join paper_accounts a on a.username = o.username and a.account_id = o.account_id
    where o.account_id = '{COINS_ACCOUNT}' and o.type is not null and o.status in ({in_words(LIVE)})
"""  # noqa: S608 - words of our own
_AT_WORK: Final = text(
    f"""
    select symbol, min(since) as since, min(behind_since) as behind_since from (
        {_WORKING}
        union all
        select l.symbol, t.username, t.created_at, null
        from paper_trades t join trade_legs l on l.trade_id = t.id
        where not t.is_locked and l.instrument = 'CRYPTO'
    ) w group by symbol order by symbol
    """  # noqa: S608 - as above
)
_BEHIND: Final = text(
    "update paper_accounts set behind_since = least(behind_since, :since)"  # noqa: S608 - as above
    f" where username = :username and account_id = '{COINS_ACCOUNT}'"
)
_CAUGHT_UP: Final = text(
    "update paper_accounts set behind_since = null"  # noqa: S608 - as above
    f" where username = :username and account_id = '{COINS_ACCOUNT}' and behind_since is not null"
)
_FELL_BEHIND: Final = text(
    "select username, behind_since from paper_accounts"  # noqa: S608 - as above
    f" where account_id = '{COINS_ACCOUNT}' and behind_since is not null"
)
_SINCE: Final = text(
    "select username, min(created_at) as since from paper_trades"  # noqa: S608 - as above
    f" where broker_mode = '{BrokerMode.PAPER}' and account_id = '{COINS_ACCOUNT}' and (not is_locked"
    " or cast(:since as timestamptz) is null or coalesce(close_date, last_updated) > :since)"
    " group by username order by username"
)
_FILLS: Final = text(
    "select count(*) from paper_fills where username = :username"  # noqa: S608 - as above
    f" and account_id = '{COINS_ACCOUNT}' and fill_rule like 'minute%'"
    " and filled_at > :since and filled_at <= :until"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinAtWork:
    """A coin with working orders or open trades, and since when it has any.

    `behind_since`: from there on some account has not met its minutes, though ticks went on.
    """

    symbol: str
    since: datetime
    behind_since: datetime | None


def read_coins_at_work(connection: Connection) -> list[CoinAtWork]:
    """Read the coins of everybody."""
    return [
        CoinAtWork(symbol=row.symbol, since=row.since, behind_since=row.behind_since)
        for row in connection.execute(_AT_WORK)
    ]


def read_behind(connection: Connection) -> dict[str, datetime]:
    """Read from where on users' accounts have still to meet minutes, though ticks went on."""
    return {row.username: row.behind_since for row in connection.execute(_FELL_BEHIND)}


def read_owners(connection: Connection, since: datetime | None) -> dict[str, datetime]:
    """Read who has coins at work, or had since an instant, at any time for None; and since when."""
    return {row.username: row.since for row in connection.execute(_SINCE, {"since": since})}


def note_behind(connection: Connection, username: str, since: datetime) -> None:
    """Note from where on an account has still to meet minutes."""
    connection.execute(_BEHIND, {"username": username, "since": since})


def note_caught_up(connection: Connection, username: str) -> None:
    """Note that an account has met all minutes."""
    connection.execute(_CAUGHT_UP, {"username": username})


def count_fills(connection: Connection, username: str, since: datetime, until: datetime) -> int:
    """Count what minutes filled in (since, until]."""
    asked = {"username": username, "since": since, "until": until}
    return int(connection.execute(_FILLS, asked).scalar_one())
