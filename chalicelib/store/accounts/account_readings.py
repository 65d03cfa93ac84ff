"""What a broker last said of an account's money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode

_READ: Final = text(
    """
    select read_at, equity, cash, buying_power,
           exists (
               select from fills f join paper_trades t on t.id = f.trade_id
               where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
                 and f.username = :username and f.created_at > r.read_at
           ) as is_overtaken
    from account_readings r
    where r.username = :username and r.broker_mode = :mode and r.account_id = :account_id
    """
)
_OF_HOLDERS: Final = text(
    """
    select h.username, h.mode, h.account_id, r.read_at, r.equity, r.cash, r.buying_power
    from (
        select distinct t.username, t.broker_mode as mode, t.account_id from paper_trades t
        where not t.is_locked and t.open_qty > 0 and t.username = any(cast(:usernames as text[]))
    ) h left join account_readings r
        on r.username = h.username and r.broker_mode = h.mode and r.account_id = h.account_id
    order by 1, 2, 3
    """
)
_WRITE: Final = text(
    """
    insert into account_readings (username, broker_mode, account_id, read_at, equity, cash, buying_power)
    values (:username, :mode, :account_id, :read_at, :equity, :cash, :buying_power)
    on conflict (username, broker_mode, account_id) do update
    set read_at = excluded.read_at, equity = excluded.equity, cash = excluded.cash,
        buying_power = excluded.buying_power
    where account_readings.read_at <= excluded.read_at
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReading:
    """The broker's figures in dollars, None where it does not tell; `is_overtaken` by a fill booked since."""

    read_at: datetime
    equity: Decimal | None
    cash: Decimal | None
    buying_power: Decimal | None
    is_overtaken: bool = False


def last_reading(connection: Connection, account: AccountRef) -> AccountReading | None:
    """Return what the broker last said of this account, None before its first answer."""
    row = connection.execute(_READ, account.named).one_or_none()
    return None if row is None else AccountReading(**row._mapping)


def keep_reading(connection: Connection, account: AccountRef, reading: AccountReading) -> None:
    """Keep what the broker said, unless a newer answer was kept meanwhile."""
    connection.execute(
        _WRITE,
        {
            **account.named,
            "read_at": reading.read_at,
            "equity": reading.equity,
            "cash": reading.cash,
            "buying_power": reading.buying_power,
        },
    )


def readings_of_holders(
    connection: Connection, usernames: Sequence[str]
) -> dict[AccountRef, AccountReading | None]:
    """Read what brokers last said of the accounts in which these users hold anything."""
    found: dict[AccountRef, AccountReading | None] = {}
    for row in connection.execute(_OF_HOLDERS, {"usernames": list(usernames)}):
        account = AccountRef(username=row.username, mode=BrokerMode(row.mode), account_id=row.account_id)
        found[account] = (
            None
            if row.read_at is None
            else AccountReading(
                read_at=row.read_at, equity=row.equity, cash=row.cash, buying_power=row.buying_power
            )
        )
    return found
