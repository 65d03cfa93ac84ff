"""What an exchange of coins itself knows, in the form of all other brokers' truth (wire/binance.md, 6 and 7).

Of a purchase counts what came to be held: what is left of it once its fee in kind is taken, in whole lots.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from math import ceil, log10
from typing import Final
from uuid import UUID

from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.emulators.binance.trading.orders import ALGO, CoinBook, CoinOrder, CoinTrade, Kind, State
from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.emulators.market.coins import Pair
from infra.local.invariants.truth import TruthAccount, TruthOrder

TESTNET, LIVE = "BINANCE_TESTNET", "BINANCE_LIVE"
MODES: Final = frozenset({TESTNET, LIVE})
ZERO: Final = Decimal(0)
_MINUTE: Final = timedelta(minutes=1)
#: A tag is longer than a client id may be: its 24 bytes travel in base64, with `t` or `s` in an OCO.
_PACKED: Final = re.compile(r"_([A-Za-z0-9_-]{32})[ts]?")
_WORDS: Final[Mapping[State, str]] = {
    State.NEW: "open",
    State.PENDING_NEW: "pending",
    State.PARTIALLY_FILLED: "partially_filled",
    State.FILLED: "filled",
    State.CANCELED: "canceled",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
}


def accounts_of(mode: str, exchange: BinanceEmulator) -> Iterator[TruthAccount]:
    """Yield the accounts of one environment."""
    for account_id in sorted(exchange.desk.state().books):
        yield _account(mode, exchange, exchange.desk.book(account_id))


def lot_of(pair: Pair) -> Decimal:
    """Return the least that is traded of a pair's base, worth about a dollar."""
    return Decimal(1).scaleb(-max(1, ceil(log10(pair.base_price))))


def _account(mode: str, exchange: BinanceEmulator, book: CoinBook) -> TruthAccount:
    shown = {one.id: _order(exchange, book, one) for one in book.orders.values()}
    by_hand = exchange.desk.placed_by_hand
    listed = {number for held in book.lists.values() for number in held.orders}
    return TruthAccount(
        mode=mode,
        account_id=book.account_id,
        orders=(
            *(one for number, one in shown.items() if number not in listed),
            *_lists(book, shown),
        ),
        positions={
            f"{asset}{QUOTE}": held.free + held.locked
            for asset, held in book.balances.items()
            if asset != QUOTE and held.free + held.locked
        },
        cash=_total(book, QUOTE),
        starting_cash=ZERO,
        by_hand=frozenset(f"{one.symbol}:{one.id}" for one in book.orders.values() if one.id in by_hand),
        keeps_own=True,
        fees=_fees(exchange, book),
    )


def _lists(book: CoinBook, shown: Mapping[int, TruthOrder]) -> Iterator[TruthOrder]:
    for held in book.lists.values():
        legs = [shown[number] for number in held.orders]
        yield TruthOrder(
            order_id=f"{held.symbol}:list-{held.id}",
            status="open" if any(leg.is_working for leg in legs) else "filled",
            tag=_tag(held.client_id),
            symbol=held.symbol,
            side="",
            type="",
            quantity=ZERO,
            executed=ZERO,
            average=ZERO,
            limit_price=None,
            stop_price=None,
            created_at=held.created_at,
            changed_at=held.updated_at,
            legs=tuple(legs),
        )


def _order(exchange: BinanceEmulator, book: CoinBook, order: CoinOrder) -> TruthOrder:
    kind = "market" if order.kind is Kind.MARKET else "stop" if order.stop_price is not None else "limit"
    return TruthOrder(
        order_id=f"{order.symbol}:{order.id}",
        status=_WORDS[order.state],
        tag=_tag(order.client_id),
        symbol=order.symbol,
        side="buy_to_open" if order.is_buy else "sell_to_close",
        type=kind,
        quantity=order.quantity,
        executed=_held(exchange, book, order),
        average=order.quote_executed / order.executed if order.executed else ZERO,
        limit_price=None if order.kind in ALGO else order.price or None,
        stop_price=order.stop_price,
        created_at=order.created_at,
        changed_at=order.updated_at,
    )


def _held(exchange: BinanceEmulator, book: CoinBook, order: CoinOrder) -> Decimal:
    """Return what an order's executions came to: of a purchase less its fee in kind, in whole lots."""
    if not order.is_buy or not order.executed:
        return order.executed
    pair = exchange.coins.pair(order.symbol)
    kept = sum(
        (
            one.commission
            for one in book.trades
            if one.order_id == order.id and one.commission_asset == pair.base
        ),
        ZERO,
    )
    lot = lot_of(pair)
    return ((order.executed - kept) / lot).to_integral_value(ROUND_FLOOR) * lot


def _fees(exchange: BinanceEmulator, book: CoinBook) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Return what each order's executions cost in USDT, at the least and at the most.

    A fee in kind counts at the execution's price, one in another asset at a price of its minute.
    """
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for one in book.trades:
        low, high = _worth_of_one(exchange, one)
        key = f"{one.symbol}:{one.order_id}"
        least, most = found.get(key, (ZERO, ZERO))
        found[key] = least + one.commission * low, most + one.commission * high
    return found


def _worth_of_one(exchange: BinanceEmulator, one: CoinTrade) -> tuple[Decimal, Decimal]:
    """Return what one of the asset that a fee was taken in was worth."""
    asset = one.commission_asset
    if asset == QUOTE:
        return Decimal(1), Decimal(1)
    if asset == exchange.coins.pair(one.symbol).base:
        return one.price, one.price
    minute = one.at.replace(second=0, microsecond=0)
    until = minute + _MINUTE - timedelta(seconds=1)
    (candle,) = exchange.coins.candles(f"{asset}{QUOTE}", minute, until, _MINUTE)
    return Decimal(str(candle.low)), Decimal(str(candle.high))


def _total(book: CoinBook, asset: str) -> Decimal:
    held = book.balances.get(asset)
    return ZERO if held is None else held.free + held.locked


def _tag(client_id: str) -> str:
    packed = _PACKED.fullmatch(client_id)
    if packed is None:
        return client_id
    raw = base64.urlsafe_b64decode(packed[1])
    return f"pt-{raw[:4].hex()}-{raw[4:8].hex()}-{UUID(bytes=raw[8:])}"
