"""ORATS' strike rows as option quotes: one row carries a call and a put (wire/orats.md, section 3); pure.

The row's one delta is the call's; numbers carry float noise; an IV of 0 means that none could be solved.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from chalicelib.domain.instruments.index_classes import closing_root
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import DailyBar
from chalicelib.vendors.wire import (
    Node,
    UnreadablePayload,
    as_date,
    as_node,
    as_number,
    instant,
    number,
    text,
    whole,
)

SOURCE: Final = "orats"
ROW_FIELDS: Final = (
    "ticker,expirDate,strike,stockPrice,spotPrice,callVolume,callOpenInterest,callBidSize,callAskSize,"
    "putVolume,putOpenInterest,putBidSize,putAskSize,callBidPrice,callAskPrice,putBidPrice,putAskPrice,"
    "callMidIv,putMidIv,delta,gamma,theta,vega,quoteDate,updatedAt,expiryTod"
)
BAR_FIELDS: Final = "ticker,tradeDate,hiPx,loPx,clsPx,stockVolume"
_PRICE_STEP: Final = Decimal("0.0001")
_STRIKE_STEP: Final = Decimal("0.001")
_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
#: A chain's strikes come again with each of its answers.
_NAMES_KEPT: Final = 8_192


def orats_ticker(underlying: str) -> str:
    """Return the vendor's spelling: `BRK/B` is `BRK_B`."""
    return underlying.replace("/", "_").replace(".", "_")


def data_rows(body: Node) -> list[Node]:
    """Return the rows of the envelope; it must be there."""
    if not isinstance(body.get("data"), list):
        raise UnreadablePayload("data is missing")
    return [as_node(row, "a row") for row in body["data"]]  # type: ignore[attr-defined]


def parse_strike_rows(
    found: Iterable[Node],
    underlying: str,
    *,
    expiries: Collection[date],
    delay_seconds: int,
    symbols: Collection[str] | None = None,
) -> dict[str, OptionQuote]:
    """Return the quotes of the rows of these expiries, keyed by OCC symbol; only of `symbols` when given."""
    quotes: dict[str, OptionQuote] = {}
    roots = (root_of(underlying), closing_root(underlying) or root_of(underlying))
    listed = {expiry.isoformat(): expiry for expiry in expiries}
    names = (None, orats_ticker(underlying))
    is_wanted = _strike_filter(symbols)
    for row in found:
        expiry = listed.get(str(row.get("expirDate")))
        if expiry is None or not is_wanted(row) or text(row, "ticker") not in names:
            continue
        both: _Both | None = None
        for side, symbol in zip(_SIDES, _symbols(roots, row, expiry), strict=True):
            if symbols is None or symbol in symbols:
                both = both or _of_both(row)
                quotes[symbol] = _quote(row, both, symbol, side, delay_seconds)
    return quotes


class _Side(NamedTuple):
    """The fields of a row that tell of one right alone."""

    bid: str
    ask: str
    bid_size: str
    ask_size: str
    volume: str
    open_interest: str
    iv: str
    is_call: bool


def _side_of(option_type: OptionType) -> _Side:
    side = option_type.value.lower()
    return _Side(
        bid=f"{side}BidPrice",
        ask=f"{side}AskPrice",
        bid_size=f"{side}BidSize",
        ask_size=f"{side}AskSize",
        volume=f"{side}Volume",
        open_interest=f"{side}OpenInterest",
        iv=f"{side}MidIv",
        is_call=option_type is OptionType.CALL,
    )


_SIDES: Final = tuple(_side_of(option_type) for option_type in OptionType)


def _symbols(roots: Sequence[str], row: Node, expiry: date) -> tuple[str, ...]:
    """Return the OCC symbols of a row, in the order of `_SIDES`."""
    strike = row.get("strike")
    if strike is None:
        raise UnreadablePayload("a row without its strike")
    return _symbols_at(roots[row.get("expiryTod") == "pm"], expiry, str(strike))


@lru_cache(maxsize=_NAMES_KEPT)
def _symbols_at(root: str, expiry: date, written_strike: str) -> tuple[str, ...]:
    read = as_number(written_strike, "strike")
    if read is None:
        raise UnreadablePayload("a row without its strike")
    strike = read.quantize(_STRIKE_STEP)
    return tuple(
        OptionContract(root=root, expiry=expiry, option_type=option_type, strike=strike).to_occ()
        for option_type in OptionType
    )


def _strike_filter(symbols: Collection[str] | None) -> Callable[[Node], bool]:
    """Return what tells the rows of these contracts; a chain's strikes repeat, so each is read once."""
    if symbols is None:
        return lambda _row: True
    strikes = _strikes_of(symbols)
    read: dict[str, bool] = {}

    def is_wanted(row: Node) -> bool:
        written = str(row.get("strike"))
        if written not in read:
            read[written] = number(row, "strike") in strikes
        return read[written]

    return is_wanted


def _strikes_of(symbols: Iterable[str]) -> set[Decimal]:
    """Return the strikes of these contracts; what is none of a contract names no row."""
    found = set()
    for symbol in symbols:
        try:
            found.add(OptionContract.parse_occ(symbol).strike)
        except NotAnOptionSymbol:
            continue
    return found


class _Both(NamedTuple):
    """What a row tells once for its call and its put: call delta and the put's absolute one add up to 1."""

    quoted_at: datetime | None
    delta: Decimal | None
    put_delta: Decimal | None
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None


def _of_both(row: Node) -> _Both:
    delta = _call_delta(row)
    return _Both(
        quoted_at=quoted_at(row),
        delta=delta,
        put_delta=None if delta is None else delta - _ONE,
        gamma=_rounded(row, "gamma"),
        theta=_rounded(row, "theta"),
        vega=_rounded(row, "vega"),
    )


def _quote(row: Node, both: _Both, symbol: str, side: _Side, delay_seconds: int) -> OptionQuote:
    return OptionQuote(
        symbol=symbol,
        bid=price(row, side.bid),
        ask=price(row, side.ask),
        bid_size=whole(row, side.bid_size),
        ask_size=whole(row, side.ask_size),
        last=None,
        quoted_at=both.quoted_at,
        source=SOURCE,
        delay_seconds=delay_seconds,
        volume=whole(row, side.volume),
        open_interest=whole(row, side.open_interest),
        delta=both.delta if side.is_call else both.put_delta,
        gamma=both.gamma,
        theta=both.theta,
        vega=both.vega,
        iv=_rounded(row, side.iv) or None,
    )


def _call_delta(row: Node) -> Decimal | None:
    read = number(row, "delta")
    return None if read is None else min(max(to_price(read), _ZERO), _ONE)


def price(row: Node, key: str) -> Decimal | None:
    """Return a price without its float noise."""
    read = number(row, key)
    return None if read is None else read.quantize(_PRICE_STEP, ROUND_HALF_EVEN)


def parse_bar_rows(found: Iterable[Node]) -> tuple[DailyBar, ...]:
    """Return daily bars, adjusted for splits, oldest first; one without prices is left out."""
    bars = {one.day: one for row in found if (one := _bar(row)) is not None}
    return tuple(bars[day] for day in sorted(bars))


def _bar(row: Node) -> DailyBar | None:
    high, low, close = price(row, "hiPx"), price(row, "loPx"), price(row, "clsPx")
    if not high or not low or not close:
        return None
    day = as_date(row.get("tradeDate"), "tradeDate")
    return DailyBar(day=day, high=high, low=low, close=close, volume=whole(row, "stockVolume"))


def _rounded(row: Node, key: str) -> Decimal | None:
    read = number(row, key)
    return None if read is None else to_price(read)


def quoted_at(row: Node) -> datetime | None:
    """Return the time of the quotes; older rows have only that of the record."""
    return instant(row, "quoteDate") or instant(row, "updatedAt")


def spot_of(found: Iterable[Node]) -> Decimal | None:
    """Return the underlying's price: of an index its spot, not the price implied for one expiry."""
    for row in found:
        spot = price(row, "spotPrice") or price(row, "stockPrice")
        if spot:
            return spot
    return None
