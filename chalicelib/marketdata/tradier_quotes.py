"""Tradier's quotes, chains and bars in papertape's words (wire, section 8); pure."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from chalicelib.brokers.tradier.payloads import rows, values
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.kinds import UnderlyingKind
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import UnderlyingQuote
from chalicelib.vendors.wire import Node, UnreadablePayload, as_date, epoch_milliseconds, number, text, whole

SOURCE = "tradier"
_OPTION = "option"
_KINDS: Final[Mapping[str, UnderlyingKind]] = {
    "stock": UnderlyingKind.SHARE,
    "etf": UnderlyingKind.FUND,
    "mutual_fund": UnderlyingKind.FUND,
    "index": UnderlyingKind.INDEX,
}


def parse_option_rows(found: list[Node], *, delay_seconds: int) -> dict[str, OptionQuote]:
    """Return the quotes of the options among the rows, keyed by OCC symbol."""
    quotes = [_option_quote(row, delay_seconds) for row in found if row.get("type") == _OPTION]
    return {quote.symbol: quote for quote in quotes}


def _option_quote(row: Node, delay_seconds: int) -> OptionQuote:
    greeks = row.get("greeks")
    sensitivities: Node = greeks if isinstance(greeks, dict) else {}
    return OptionQuote(
        symbol=_symbol(row),
        bid=number(row, "bid"),
        ask=number(row, "ask"),
        bid_size=whole(row, "bidsize"),
        ask_size=whole(row, "asksize"),
        last=number(row, "last"),
        quoted_at=_latest(row, "bid_date", "ask_date"),
        source=SOURCE,
        delay_seconds=delay_seconds,
        multiplier=number(row, "contract_size") or OPTION_MULTIPLIER,
        volume=whole(row, "volume"),
        open_interest=whole(row, "open_interest"),
        delta=_rounded(sensitivities, "delta"),
        gamma=_rounded(sensitivities, "gamma"),
        theta=_rounded(sensitivities, "theta"),
        vega=_rounded(sensitivities, "vega"),
        iv=_rounded(sensitivities, "mid_iv") or None,
    )


def parse_underlying_rows(found: list[Node], *, delay_seconds: int) -> list[UnderlyingQuote]:
    """Return the quotes of what is no option: stocks, funds, indices."""
    return [
        UnderlyingQuote(
            symbol=_symbol(row),
            last=number(row, "last"),
            bid=number(row, "bid") or None,
            ask=number(row, "ask") or None,
            change_pct=number(row, "change_percentage"),
            as_of=_latest(row, "trade_date", "bid_date", "ask_date"),
            source=SOURCE,
            delay_seconds=delay_seconds,
            kind=_KINDS.get(str(row.get("type"))),
        )
        for row in found
        if row.get("type") != _OPTION
    ]


def parse_expirations(body: Node) -> tuple[date, ...]:
    """Return the listed expiries, nearest first, from either form of the answer."""
    plain = [as_date(value, "date") for value in values(body, "expirations", "date")]
    full = [as_date(row.get("date"), "date") for row in rows(body, "expirations", "expiration")]
    return tuple(sorted({*plain, *full}))


def close_of_bar(body: Node, day: date) -> Decimal | None:
    """Return the close of the daily bar of exactly this day."""
    for row in rows(body, "history", "day"):
        if as_date(row.get("date"), "date") == day:
            return number(row, "close") or None
    return None


def close_of_quote(found: list[Node], symbol: str, day: date) -> Decimal | None:
    """Return the `close` of a quote that last traded on this day; it is null until the session has ended."""
    for row in found:
        traded_at = epoch_milliseconds(row, "trade_date")
        if text(row, "symbol") == symbol and traded_at is not None and new_york_date(traded_at) == day:
            return number(row, "close") or None
    return None


def _symbol(row: Node) -> str:
    symbol = text(row, "symbol")
    if symbol is None:
        raise UnreadablePayload("a quote without its symbol")
    return symbol


def _rounded(node: Node, key: str) -> Decimal | None:
    read = number(node, key)
    return None if read is None else to_price(read)


def _latest(row: Node, *keys: str) -> datetime | None:
    instants = [at for key in keys if (at := epoch_milliseconds(row, key)) is not None]
    return max(instants, default=None)
