"""A small finished run, in Tradier's words and in the API's: true as it stands, to be tampered with."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

ACCOUNT = "VA00000001"
CALL = "SPY260320C00600000"
EXPIRED = "SPY260219C00600000"
TODAY = date(2026, 2, 20)
CLOSES = {("SPY", date(2026, 2, 19)): Decimal("601.50")}
Json = dict[str, Any]  # Any: JSON that the tests change at will


def broker_order(order_id: int, side: str, quantity: float, price: float, /, **more: object) -> Json:
    """An order as Tradier lists it; filled whole unless told otherwise."""
    return {
        "id": order_id,
        "type": "market",
        "symbol": "SPY",
        "option_symbol": CALL,
        "side": side,
        "quantity": quantity,
        "status": "filled",
        "avg_fill_price": price,
        "exec_quantity": quantity if price else 0.0,
        "class": "option",
        **more,
    }


def told_order(intent: str, order_id: int | None, role: str, quantity: int, price: float | None) -> Json:
    """An order as the API shows it; filled whole, or cancelled without a fill."""
    return {
        "id": intent,
        "role": role,
        "status": "CANCELED" if price is None else "FILLED",
        "broker_order_id": None if order_id is None else str(order_id),
        "side": "BUY_TO_OPEN" if role == "ENTRY" else "SELL_TO_CLOSE",
        "quantity": quantity,
        "filled_quantity": 0 if price is None else quantity,
        "avg_fill_price": price,
    }


def leg(symbol: str, **more: object) -> Json:
    """A leg as the API shows it, told by its contract's symbol."""
    expiry = f"20{symbol[3:5]}-{symbol[5:7]}-{symbol[7:9]}"
    told = {"symbol": symbol, "multiplier": 100, "side": "LONG", "ratio": 1}
    return told | {"option_type": "CALL", "strike": int(symbol[-8:]) / 1000, "expiry": expiry} | more


def trade(trade_id: str, *path: str, **more: object) -> Json:
    """A trade as the API shows it, with its transitions through `path`."""
    steps = zip(("", *path), path, strict=False)
    return {
        "id": trade_id,
        "broker_mode": "TRADIER_SANDBOX",
        "status": path[-1],
        "close_reason": None,
        "ticker": "SPY",
        "option_type": "CALL",
        "strike": 600,
        "expiry": "2026-03-20",
        "legs": [leg(CALL)],
        "filled_qty": 2,
        "open_qty": 0,
        "entry_price": 1.25,
        "close_price": None,
        "realized_pnl": None,
        "fees": 0.7,
        "orders": [],
        "transitions": [
            {"at": f"2026-02-19T15:0{n}:00Z", "from_status": before or None, "to_status": after}
            for n, (before, after) in enumerate(steps)
        ],
        **more,
    }


def books() -> Json:
    """What the broker says: one trade closed by its stop, one open, one cancelled, one expired."""
    stop = {"type": "stop", "status": "canceled"}
    return {
        "orders": [
            broker_order(1, "buy_to_open", 2.0, 1.25, tag="pt-a"),
            {
                "id": 2,
                "status": "filled",
                "class": "oco",
                "tag": "pt-b",
                "leg": [
                    broker_order(3, "sell_to_close", 2.0, 1.05),
                    broker_order(4, "sell_to_close", 2.0, 0.0, **stop),
                ],
            },
            broker_order(5, "buy_to_open", 2.0, 1.25, tag="pt-c"),
            broker_order(6, "sell_to_close", 2.0, 0.0, tag="pt-d", type="stop", status="open"),
            broker_order(7, "buy_to_open", 1.0, 0.0, tag="pt-e", status="canceled"),
            broker_order(8, "buy_to_open", 1.0, 2.0, tag="pt-f", option_symbol=EXPIRED),
        ],
        "positions": {"symbol": CALL, "quantity": 2.0, "cost_basis": 250.0},
    }


def history() -> list[Json]:
    """What the API told of the same run."""
    stop = told_order("d", 6, "STOP_LOSS", 2, None) | {"status": "OPEN"}
    return [
        trade(
            "closed",
            "PENDING",
            "OPEN",
            "CLOSED",
            close_reason="SL_HIT",
            close_price=1.05,
            realized_pnl=-41.4,
            fees=1.4,
            orders=[
                told_order("a", 1, "ENTRY", 2, 1.25),
                told_order("b", 3, "STOP_LOSS", 2, 1.05),
                told_order("b2", 4, "TAKE_PROFIT", 2, None),
            ],
        ),
        trade("open", "PENDING", "OPEN", open_qty=2, orders=[told_order("c", 5, "ENTRY", 2, 1.25), stop]),
        trade(
            "cancelled",
            "PENDING",
            "CANCELED",
            filled_qty=0,
            entry_price=None,
            fees=0,
            close_reason="CANCELED",
            orders=[told_order("e", 7, "ENTRY", 1, None)],
        ),
        trade(
            "expired",
            "PENDING",
            "OPEN",
            "EXPIRED",
            expiry="2026-02-19",
            legs=[leg(EXPIRED)],
            filled_qty=1,
            entry_price=2.0,
            close_reason="EXPIRED_ITM",
            realized_pnl=-50.35,
            fees=0.35,
            orders=[told_order("f", 8, "ENTRY", 1, 2.0)],
        ),
    ]


def told(trades: list[Json], trade_id: str) -> Json:
    """Return one trade of a history."""
    return next(one for one in trades if one["id"] == trade_id)


def run() -> tuple[Json, list[Json]]:
    """Return books and history, to be changed freely."""
    return deepcopy(books()), deepcopy(history())
