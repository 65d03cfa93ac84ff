"""Rows of `crypto_symbols`: how far ticks have come with each coin, and what its exchange told of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from chalicelib.domain.coins.slippage import WILDEST
from chalicelib.domain.coins.terms import CoinTerms, SymbolFilters

#: Ranges older than this say nothing of the present hour.
SLIPPAGE_AGE_MAX: Final = timedelta(hours=2)
_TERMS: Final = text(
    "select filters, filters_at, case when slippage_at > papertape_now() - :age_max then slippage end"
    " as slippage from crypto_symbols where symbol = :symbol"
)
_KNOWN: Final = text(
    "select symbol, last_minute, slippage_at, filters_at from crypto_symbols where symbol = any (:symbols)"
)
_LOOKED: Final = text(
    """
    insert into crypto_symbols (symbol, last_minute, price, price_at, looked_at)
    select s.symbol, s.last_minute, s.price, s.last_minute, :looked_at
    from unnest(cast(:symbols as text[]), cast(:minutes as timestamptz[]), cast(:prices as numeric[]))
        as s (symbol, last_minute, price)
    order by s.symbol
    on conflict (symbol) do update set
        looked_at = greatest(crypto_symbols.looked_at, excluded.looked_at),
        price = case when excluded.last_minute >= coalesce(crypto_symbols.last_minute, excluded.last_minute)
            then excluded.price else crypto_symbols.price end,
        price_at = greatest(crypto_symbols.price_at, excluded.price_at),
        last_minute = greatest(crypto_symbols.last_minute, excluded.last_minute)
    """
)
_LOOKED_AT_NONE: Final = text(
    "update crypto_symbols set looked_at = :looked_at"
    " where looked_at = (select max(looked_at) from crypto_symbols) and looked_at < :looked_at"
)
_LAST_LOOK: Final = text("select max(looked_at) from crypto_symbols")
_SLIPPAGE: Final = text(
    "insert into crypto_symbols (symbol, slippage, slippage_at) values (:symbol, :slippage, :at)"
    " on conflict (symbol) do update set slippage = excluded.slippage, slippage_at = excluded.slippage_at"
)
_FILTERS: Final = text(
    "insert into crypto_symbols (symbol, filters, filters_at) values (:symbol, :filters, :at)"
    " on conflict (symbol) do update set filters = excluded.filters, filters_at = excluded.filters_at"
).bindparams(bindparam("filters", type_=JSONB))
_FIELDS: Final = ("tick", "lot", "least_quantity", "most_quantity", "least_notional")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCoin:
    """How far ticks have come with a coin: `last_minute` ends the last one that every order has met."""

    symbol: str
    last_minute: datetime | None = None
    slippage_at: datetime | None = None
    filters_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCoin:
    """What a tick read of a coin: the end of its last closed minute and the price; None: not answered."""

    symbol: str
    last_minute: datetime | None
    price: Decimal | None


def read_terms(connection: Connection, symbol: str) -> CoinTerms:
    """Read what orders of a coin keep to, and how far they slip; the most where that is not known."""
    row = connection.execute(_TERMS, {"symbol": symbol, "age_max": SLIPPAGE_AGE_MAX}).one_or_none()
    if row is None:
        return CoinTerms(filters=None, slippage=WILDEST)
    return CoinTerms(
        filters=_filters_from(row.filters), slippage=WILDEST if row.slippage is None else row.slippage
    )


def read_filters(connection: Connection, symbol: str, since: datetime) -> SymbolFilters | None:
    """Read a coin's filters as the exchange told them since an instant; None where it did not."""
    row = connection.execute(_TERMS, {"symbol": symbol, "age_max": SLIPPAGE_AGE_MAX}).one_or_none()
    if row is None or row.filters_at is None or row.filters_at < since:
        return None
    return _filters_from(row.filters)


def read_known(connection: Connection, symbols: Sequence[str]) -> dict[str, KnownCoin]:
    """Read how far ticks have come with these coins; of one that none has asked for nothing is known."""
    found = {row.symbol: _known(row) for row in connection.execute(_KNOWN, {"symbols": list(symbols)})}
    return {symbol: found.get(symbol, KnownCoin(symbol=symbol)) for symbol in symbols}


def last_look(connection: Connection) -> datetime | None:
    """Read when a tick last looked whether any coin is at work; None before the first that was."""
    looked: datetime | None = connection.execute(_LAST_LOOK).scalar_one()
    return looked


def note_looked(connection: Connection, coins: Iterable[ReadCoin], looked_at: datetime) -> None:
    """Note what a tick came to, once every order has met it, and that it looked; never backwards."""
    read = list(coins)
    if not read:
        connection.execute(_LOOKED_AT_NONE, {"looked_at": looked_at})
        return
    connection.execute(
        _LOOKED,
        {
            "symbols": [one.symbol for one in read],
            "minutes": [one.last_minute for one in read],
            "prices": [one.price for one in read],
            "looked_at": looked_at,
        },
    )


def save_slippage(connection: Connection, symbol: str, slippage: Decimal, at: datetime) -> None:
    """Keep how far a coin's orders slip, as of an instant."""
    connection.execute(_SLIPPAGE, {"symbol": symbol, "slippage": slippage, "at": at})


def save_filters(connection: Connection, symbol: str, filters: SymbolFilters, at: datetime) -> None:
    """Keep what the exchange told of a coin's orders."""
    told = {name: str(getattr(filters, name)) for name in _FIELDS}
    connection.execute(_FILTERS, {"symbol": symbol, "filters": told, "at": at})


def _known(row: Row[Any]) -> KnownCoin:  # Any: a text's columns have no types
    return KnownCoin(
        symbol=row.symbol,
        last_minute=row.last_minute,
        slippage_at=row.slippage_at,
        filters_at=row.filters_at,
    )


def _filters_from(told: dict[str, str] | None) -> SymbolFilters | None:
    if told is None:
        return None
    return SymbolFilters(**{name: Decimal(told[name]) for name in _FIELDS})
