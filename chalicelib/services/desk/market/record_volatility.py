"""Record a day's volatility once it is over: IV rank and VIX's stand-in are made of it (B-02, B-03)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import MarketData, MarketDataError
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import UnderlyingMarket, Wanted
from chalicelib.services.desk.market.stored_facts import VIX
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.desk.index_closes import has_close, write_close
from chalicelib.store.desk.iv_history import read_told_underlyings, read_watched_underlyings, write_ivs

_NO_IV: Final = "no implied volatility around 30 days"
_NOT_OF_TODAY: Final = "the price is not of today"
_NO_CLOSE: Final = "no close yet"


@dataclass(slots=True, kw_only=True)
class VolatilityReport:
    """What of a day was recorded now, and why the rest is missing; both empty when all was stored before."""

    recorded: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lacking:
    """What is not stored of a day yet, and whose strategies want it."""

    ivs: tuple[Wanted, ...]
    vix_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A figure of a day with its source."""

    figure: Decimal
    source: str


def record_volatility(env: Environment, session: Session) -> VolatilityReport:
    """Store the 30-day ATM IV of each underlying that an enabled strategy trades, and VIX's close.

    Raises DatabaseUnavailable; what a vendor does not tell is named as missing.
    """
    day, report = session.day, VolatilityReport()
    lacking = env.database.run(lambda connection: _read_lacking(connection, day), username=None)
    ivs: dict[str, _Value] = {}
    if lacking.ivs:
        for symbol, market in gather(env, lacking.ivs).underlyings.items():
            found = _iv(market, day)
            _note(report, symbol, found)
            if isinstance(found, _Value):
                ivs[symbol] = found
    close = _vix_close(env, lacking.vix_for, day) if lacking.vix_for else None
    if close is not None:
        _note(report, VIX, close)
    if report.recorded:
        kept = close if isinstance(close, _Value) else None
        env.database.run(
            lambda connection: _write(connection, day, ivs, kept),
            username=None,
            isolation=Isolation.READ_COMMITTED,
        )
    return report


def _note(report: VolatilityReport, symbol: str, found: _Value | str) -> None:
    if isinstance(found, _Value):
        report.recorded.append(symbol)
    else:
        report.missing[symbol] = found


def _read_lacking(connection: Connection, day: date) -> _Lacking:
    watched = read_watched_underlyings(connection)
    told = read_told_underlyings(connection, day)
    users = tuple(sorted({name for names in watched.values() for name in names}))
    return _Lacking(
        ivs=tuple(
            Wanted(underlying=symbol, conditions=(), usernames=names)
            for symbol, names in watched.items()
            if symbol not in told
        ),
        vix_for=() if has_close(connection, VIX, day) else users,
    )


def _iv(market: UnderlyingMarket, day: date) -> _Value | str:
    """Return an underlying's IV, or why there is none: yesterday's price tells nothing of today."""
    spot, iv = market.facts.spot, market.facts.implied_volatility
    if spot is not None and new_york_date(spot.at) != day:
        return _NOT_OF_TODAY
    if iv is None or iv <= 0:
        return "; ".join(market.trouble) or _NO_IV
    return _Value(figure=to_price(Decimal(repr(iv))), source=market.origins["chain"].source)


def _vix_close(env: Environment, usernames: tuple[str, ...], day: date) -> _Value | str:
    def ask(source: MarketData) -> _Value | str:
        close = source.official_close(VIX, day)
        return _NO_CLOSE if close is None else _Value(figure=close, source=source.underlyings_source)

    try:
        return DataSources(env).ask_underlyings(usernames, ask)
    except MarketDataError as error:
        return error.reason


def _write(connection: Connection, day: date, ivs: Mapping[str, _Value], close: _Value | None) -> None:
    for symbol, iv in ivs.items():
        write_ivs(connection, symbol, [(day, iv.figure)], source=iv.source)
    if close is not None:
        write_close(connection, VIX, day, close.figure, source=close.source)
