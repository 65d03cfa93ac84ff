"""Rows to measure on, made by the SQL files beside this one; their heads say what is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import psycopg

from chalicelib.domain.accounts import BrokerMode
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.store.users.connections import sealed_as
from infra.bench.ground import SEALING_KEYS, Database, run_sql

EXPIRY: Final = "2026-03-20"
ENTRY_PRICE: Final = "2.50"
SANDBOX: Final = "TRADIER_SANDBOX"
HERE: Final = Path(__file__).parent
_SEALED_AS: Final = sealed_as(BrokerMode.TRADIER_SANDBOX)
_STORE: Final = """
    insert into connections (username, broker_mode, account_id, sealed, last4)
    values (%(name)s, 'TRADIER_SANDBOX', 'VA' || substr(%(name)s, 5), %(sealed)s, right(%(name)s, 4))
"""


def seed_open_trades(database: Database, *, users: int, each: int, chains: int, mode: str = SANDBOX) -> None:
    """Make `users` users with `each` filled and bracketed trades, spread over `chains` underlyings."""
    _run_file(database, "open_trades.sql", users=users, each=each, chains=chains, mode=mode)


def seed_structures(database: Database, *, users: int, each: int, chains: int, mode: str = SANDBOX) -> None:
    """Make `users` users with `each` open iron condors, spread over `chains` underlyings."""
    _run_file(database, "open_structures.sql", users=users, each=each, chains=chains, mode=mode)


def seed_desk(database: Database) -> None:
    """Let every open structure be held by a strategy of its owner's."""
    _run_file(database, "desk_holdings.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """A pair with its price in USDT, how much of it each trade holds, and the step of its prices."""

    symbol: str
    price: Decimal
    quantity: Decimal
    tick: Decimal


def made_up_coins(count: int) -> list[Coin]:
    """Return so many coins that no exchange has, at 100 USDT."""
    return [
        Coin(symbol=f"C{number}USDT", price=Decimal(100), quantity=Decimal("1.5"), tick=Decimal("0.01"))
        for number in range(count)
    ]


def seed_coins(database: Database, *, users: int, each: int, coins: Sequence[Coin], since: datetime) -> None:
    """Make `users` users with `each` open coins on paper, one of these after the other, as at `since`."""
    rows = (
        f"({number}, '{coin.symbol}', {coin.price}, {coin.quantity}, {coin.tick})"
        for number, coin in enumerate(coins)
    )
    _run_file(
        database, "open_coins.sql", users=users, each=each, coins=", ".join(rows), since=since.isoformat()
    )


def seed_idle_users(database: Database, *, users: int, each: int) -> None:
    """Add `users` users who hold nothing, each with `each` ended trades of a trader on paper."""
    _run_file(database, "idle_users.sql", users=users, each=each)


def seed_ended_trades(database: Database, *, username: str, count: int) -> None:
    """Add `count` closed trades of one user, wins and losses over a year."""
    _run_file(database, "ended_trades.sql", username=username, count=count)


def seed_broker_tokens(
    database: Database, usernames: Sequence[str], random_bytes: Callable[[int], bytes]
) -> None:
    """Seal a sandbox token for each user, as the settings page would."""
    sealer = AesSealer(KeyRing.parse(SEALING_KEYS), random_bytes)
    with psycopg.connect(database.superuser) as connection, connection.cursor() as cursor:
        cursor.executemany(
            _STORE,
            [
                {"name": name, "sealed": sealer.seal(f"token-of-{name}", owner=name, field=_SEALED_AS)}
                for name in usernames
            ],
        )


def _run_file(database: Database, name: str, **words: object) -> None:
    text = (HERE / name).read_text().format(expiry=EXPIRY, price=ENTRY_PRICE, **words)
    run_sql(database, text, "vacuum analyze")
