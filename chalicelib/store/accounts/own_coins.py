"""Which accounts of coins are held against the books, what our trades moved there, what is their owners'."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.coins.moved import Known, Seen
from chalicelib.domain.trading.orders import OUTSTANDING
from chalicelib.store.literals import in_words

_MODES: Final = in_words(mode for mode in BrokerMode if mode.is_of_coins_alone)
#: Where something is held or ordered or was within a day, or a trader may enter.
_ACCOUNTS: Final = text(
    f"""
    select username, broker_mode, account_id from paper_trades
    where broker_mode in ({_MODES}) and (not is_locked or last_updated > papertape_now() - interval '1 day')
    union
    select t.username, t.broker_mode, t.account_id from orders o join paper_trades t on t.id = o.trade_id
    where o.status in ({in_words(OUTSTANDING)}) and t.broker_mode in ({_MODES})
    union
    select c.username, c.broker_mode, c.account_id from connections c
    where c.broker_mode in ({_MODES}) and c.sealed is not null and c.account_id is not null and exists (
        select from traders r where r.username = c.username and r.enabled and r.removed_at is null
          and r.locked_at is null and r.trading ->> 'exchange' = 'BINANCE'
          and (r.trading ->> 'mode' = 'live') = (c.broker_mode = '{BrokerMode.BINANCE_LIVE}'))
    order by 1, 2, 3
    """  # noqa: S608 - words of our own
)
#: What has ended came to what it realised; what has not, to what its fills brought and took.
_MONEY: Final = text(
    """
    select coalesce(sum(case when t.is_locked then t.realized_pnl else (
        select sum(f.quantity * f.price * case when f.is_buy then -1 else 1 end - f.fees)
        from fills f where f.trade_id = t.id) end), 0)
    from paper_trades t
    where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
    """
)
_READ: Final = text(
    """
    select own_coins from broker_accounts
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_SAVE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, own_coins)
    values (:username, :mode, :account_id, :own_coins)
    on conflict (username, broker_mode, account_id) do update set own_coins = excluded.own_coins
    """
).bindparams(bindparam("own_coins", type_=JSONB))


def read_accounts_of_coins(connection: Connection) -> list[AccountRef]:
    """Read the accounts at exchanges where something is at work or may begin; for jobs."""
    return [
        AccountRef(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in connection.execute(_ACCOUNTS)
    ]


def read_money_moved(connection: Connection, account: AccountRef) -> Decimal:
    """Read what all our trades of an account brought of its money, below 0 what they took."""
    found: Decimal = connection.execute(_MONEY, account.named).scalar_one()
    return found


def read_known(connection: Connection, account: AccountRef) -> Known | None:
    """Read what is known to be its owner's; None before the first look."""
    kept: Any = connection.execute(_READ, account.named).scalar()  # Any: JSON
    if kept is None:
        return None
    return Known(
        quantities={asset: Decimal(one) for asset, one in kept["quantities"].items()},
        seen={
            asset: Seen(quantity=Decimal(one["quantity"]), since=datetime.fromisoformat(one["since"]))
            for asset, one in kept["seen"].items()
        },
    )


def save_known(connection: Connection, account: AccountRef, known: Known) -> None:
    """Keep what is known now."""
    kept = {
        "quantities": {asset: str(one) for asset, one in known.quantities.items()},
        "seen": {
            asset: {"quantity": str(one.quantity), "since": one.since.isoformat()}
            for asset, one in known.seen.items()
        },
    }
    connection.execute(_SAVE, {**account.named, "own_coins": kept})
