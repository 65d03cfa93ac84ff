"""What is held, with its sums."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.position_book import HeldGreeks, Position, Sums
from chalicelib.services.users.positions import HeldNow


def shape_positions(held: HeldNow) -> dict[str, JsonValue]:
    """Write the book in dollars, prices per share; what is not known is null."""
    book = held.book
    return {
        "items": [_position(one) for one in book.positions],
        "groups": [{"ticker": ticker, **_sums(sums)} for ticker, sums in book.by_ticker],
        "totals": _sums(book.totals),
        "as_of": instant(held.as_of),
    }


def _position(one: Position) -> dict[str, JsonValue]:
    return {
        "trade_id": str(one.trade_id),
        "ticker": one.ticker,
        "priced": one.is_priced,
        "open_pnl": number(one.open_pnl),
        "pnl_pct": number(one.pnl_pct),
        "day_pnl": number(one.day_pnl),
        "cost": number(one.cost),
        "exit_pnl": number(one.exit_pnl),
        "strategy_stop": number(one.strategy_stop),
        "bid": number(one.bid),
        "ask": number(one.ask),
        "underlying": number(one.underlying),
        **_greeks(one.greeks),
    }


def _sums(sums: Sums) -> dict[str, JsonValue]:
    return {
        "positions": sums.positions,
        "unpriced": sums.unpriced,
        "without_greeks": sums.without_greeks,
        "open_pnl": number(sums.open_pnl),
        "day_pnl": number(sums.day_pnl),
        "cost": number(sums.cost),
        **_greeks(sums.greeks),
    }


def _greeks(greeks: HeldGreeks) -> dict[str, JsonValue]:
    return {
        "delta": number(greeks.delta),
        "gamma": number(greeks.gamma),
        "theta": number(greeks.theta),
        "vega": number(greeks.vega),
    }
