"""What the screenshots show: a user's day with open positions, one that waits, one that ended, and a past."""

from decimal import Decimal
from typing import Any, Final, cast

from infra.local.running import RunningStack, send
from infra.screenshots.past import past_trades
from infra.screenshots.structures import open_structures

#: Thursday afternoon.
CLOCK: Final = "2026-02-19T14:10:00-05:00"
LATER: Final = "2026-02-19T15:20:00-05:00"
#: The night's work on what ended is done, and Friday has begun.
NEXT_MORNING: Final = "2026-02-20T10:05:00-05:00"
EVENING: Final = "2026-02-20T16:20:00-05:00"
DIME: Final = Decimal("0.1")


def trade_the_first_day(stack: RunningStack) -> None:
    """Import the past, open three positions, let one reach its target and one order wait."""
    url = f"{stack.api_url}/trades/import?dry_run=false"
    send("POST", url, past_trades().encode(), media_type="text/csv", token=stack.access_token)
    note = {
        "notes": "Held its morning low twice, volume rising.\nOut at the target or at noon.",
        "tags": ["plan"],
    }
    buy(stack, "AAPL", strategy="Momentum", trade_context=note)
    buy(stack, "NVDA", right="PUT", strategy="Reversal")
    won = buy(stack, "MSFT", strategy="Breakout", target_part="1.3", trade_context=note)
    stack.advance(120)
    rise(stack, won)
    stack.advance_to(LATER)


def trade_the_second_day(stack: RunningStack) -> None:
    """Another position, an order far below the market, and a stop moved."""
    stack.advance_to(NEXT_MORNING)
    open_structures(stack)
    buy(stack, "TSLA", strategy="Earnings")
    buy(stack, "AMD", strategy="Momentum", limit_part="0.5")
    stack.advance(120)
    moved = next(each for each in open_trades(stack) if each["ticker"] == "AAPL")
    new_stop = float((Decimal(str(moved["sl_price"])) + DIME).quantize(DIME))
    stack.call("POST", f"/trades/{moved['id']}/adjust", {"version": moved["version"], "new_sl": new_stop})
    stack.advance(120)


def buy(
    stack: RunningStack,
    ticker: str,
    *,
    right: str = "CALL",
    limit_part: str = "1",
    target_part: str = "1.6",
    **more: object,
) -> dict[str, Any]:
    """Buy the contract nearest to the money at a part of its ask; answers the trade."""
    expiry = cast("list[str]", stack.call("GET", f"/market/expirations?symbol={ticker}")["items"])[3]
    chain = stack.call("GET", f"/market/chain?symbol={ticker}&expiry={expiry}")
    spot = float(cast("float", chain["underlying_price"]))
    items = cast("list[dict[str, Any]]", chain["items"])
    nearest = min(
        (each for each in items if each["option_type"] == right), key=lambda each: abs(each["strike"] - spot)
    )
    limit = Decimal(str(nearest["ask"])) * Decimal(limit_part)
    order = {
        "ticker": ticker,
        "option_type": right,
        "strike": nearest["strike"],
        "expiry": expiry,
        "qty": 2,
        "order_type": "limit",
        "limit_price": float(limit.quantize(DIME)) if limit_part != "1" else nearest["ask"],
        "sl_price": float((limit * Decimal("0.7")).quantize(DIME)),
        "tp_price": float((limit * Decimal(target_part)).quantize(DIME)),
        **more,
    }
    return stack.call("POST", "/trades", order)


def rise(stack: RunningStack, trade: dict[str, Any]) -> None:
    """Move the market over a call's strike, so that its target is reached."""
    stack.set_price(trade["ticker"], round(trade["strike"] * 1.03, 2))


def open_trades(stack: RunningStack) -> list[dict[str, Any]]:
    """The trades that have not ended."""
    return cast("list[dict[str, Any]]", stack.call("GET", "/trades?status=OPEN")["items"])
