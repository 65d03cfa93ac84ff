"""Orders in tastytrade's shape: kebab-case keys, money as text with its effect beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat
from math import gcd
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.building import build_order
from infra.local.emulators.brokerage.buying_power import cost_of, option_buying_power
from infra.local.emulators.brokerage.net_prices import NET
from infra.local.emulators.brokerage.orders import CLOSING, ZERO, Order, OrderClass, OrderType, Status
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import open_session

Shown = dict[str, object]
_STATUSES: Final = {
    Status.OPEN: "Live",
    Status.PARTIALLY_FILLED: "Live",  # there is no state for a part (wire, 7.4)
    Status.FILLED: "Filled",
    Status.EXPIRED: "Expired",
    Status.CANCELED: "Cancelled",
    Status.REJECTED: "Rejected",
}
_TYPES: Final = {
    OrderType.MARKET: "Market",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop Limit",
}
_ACTIONS: Final = {
    "buy_to_open": "Buy to Open",
    "buy": "Buy to Open",
    "buy_to_close": "Buy to Close",
    "buy_to_cover": "Buy to Close",
    "sell_to_open": "Sell to Open",
    "sell_short": "Sell to Open",
    "sell_to_close": "Sell to Close",
    "sell": "Sell to Close",
}
_ROOT_CHARACTERS: Final = 6
_CHILD_TAGS: Final = {
    OrderClass.OCO: "OCO::order",
    OrderClass.OTO: "OTO::order",
    OrderClass.OTOCO: "OTOCO::oco-1-order",
}
CONTINGENT: Final[Shown] = {"status": "Contingent", "contingent-status": "Pending Order"}


def padded(symbol: str) -> str:
    """Return a symbol as it stands on the wire: 21 characters of a contract, a ticker as it is."""
    contract = parse(symbol)
    return symbol if contract is None else contract.root.ljust(_ROOT_CHARACTERS) + symbol[-15:]


def is_complex(order: Order) -> bool:
    """Say whether an order is a complex one, whose orders have ids of their own."""
    return bool(order.legs) and order.order_class not in NET


def order_rows(order: Order, *, twice: bool = False) -> list[Shown]:
    """Return what lists show of an order: itself, or each order of a complex one."""
    if not is_complex(order):
        return [order_row(order, order.tag, twice=twice)]
    tag = _CHILD_TAGS[order.order_class]
    rows = []
    for index, leg in enumerate(order.legs):
        is_trigger = order.order_class is not OrderClass.OCO and index == 0
        own_tag = f"{order.order_class.upper()}::trigger-order" if is_trigger else tag
        row = order_row(leg, order.tag, twice=twice)
        rows.append(row | {"complex-order-id": order.order_id, "complex-order-tag": own_tag})
    return rows


def complex_row(order: Order, *, twice: bool = False) -> Shown:
    """Return a complex order with its orders."""
    rows = order_rows(order, twice=twice)
    shown: Shown = {
        "id": order.order_id,
        "account-number": order.account,
        "type": order.order_class.upper(),
    }
    if order.order_class is not OrderClass.OCO:
        shown["trigger-order"], *rows = rows
    return shown | {"orders": rows}


def order_row(order: Order, tag: str | None, *, twice: bool = False) -> Shown:
    """Return one order over one leg or several."""
    legs = list(order.trading_legs())
    status = "Received" if order.status is Status.PENDING else _STATUSES[order.status]
    shown: Shown = {
        "id": order.order_id,
        "account-number": order.account,
        "time-in-force": "GTC" if legs[0].duration == "gtc" else "Day",
        "order-type": _TYPES.get(order.order_type or OrderType.LIMIT, "Limit"),
        "size": gcd(*(leg.quantity for leg in legs)) if len(legs) > 1 else legs[0].quantity,
        "underlying-symbol": legs[0].symbol,
        "underlying-instrument-type": "Equity",
        **_price(order),
        "status": status,
        "cancellable": order.working,
        "editable": order.working,
        "edited": False,
        "received-at": instant_text(order.created_at),
        "updated-at": int(order.changed_at.timestamp() * 1000),
        "legs": [_leg(leg, twice=twice) for leg in legs],
    }
    if order.stop is not None:
        shown["stop-trigger"] = str(order.stop)
    if tag is not None:
        shown["external-identifier"] = tag
    if not order.working:
        shown["terminal-at"] = instant_text(order.changed_at)
    if order.reason:
        shown["reject-reason"] = order.reason
    return shown


def dry_body(form: OrderForm, account: Account, effects: Shown, now: datetime) -> Shown:
    """Return the answer to a dry run: the order without an id, never updated, beside what it would do."""
    order = build_order(form, account, now, repeat(0))
    if is_complex(order):
        shown = {key: value for key, value in complex_row(order).items() if key != "id"}
        shown["orders"] = [_unplaced(row) for row in _rows(shown["orders"])]
        if isinstance(shown.get("trigger-order"), dict):
            shown["trigger-order"] = _unplaced(order_rows(order)[0])
        return {"complex-order": shown, **effects}
    return {"order": _unplaced(order_row(order, order.tag)), **effects}


def _unplaced(row: Shown) -> Shown:
    placed = {"id", "received-at", "complex-order-id"}
    return {key: value for key, value in row.items() if key not in placed} | {
        "status": "Received",
        "updated-at": 0,
    }


def placed_body(order: Order, effects: Shown, now: datetime) -> Shown:
    """Return the answer to a new order: routed and not filled yet, whatever a moment later shows."""
    if is_complex(order):
        shown = complex_row(order)
        for row in (shown.get("trigger-order"), *_rows(shown["orders"])):
            if isinstance(row, dict):
                row.update(CONTINGENT, legs=[_untouched(leg) for leg in _rows(row["legs"])])
        return {"complex-order": shown, **effects}
    row = order_row(order, order.tag)
    status = "Received" if open_session(now) is None else "Routed"
    row |= {"status": status, "legs": [_untouched(leg) for leg in _rows(row["legs"])]}
    row.pop("terminal-at", None)
    return {"order": row, **effects}


def _rows(value: object) -> list[Shown]:
    return value if isinstance(value, list) else []


def _untouched(leg: Shown) -> Shown:
    return leg | {"remaining-quantity": leg["quantity"], "fills": []}


def _price(order: Order) -> Shown:
    match order.order_type:
        case OrderType.EVEN:
            return {"price": "0.0"}
        case OrderType.DEBIT | OrderType.CREDIT if order.price is not None:
            return {"price": str(order.price), "price-effect": order.order_type.value.capitalize()}
        case _ if order.price is not None:
            return {"price": str(order.price), "price-effect": "Debit" if order.buys else "Credit"}
        case _:
            return {}


def _leg(leg: Order, *, twice: bool) -> Shown:
    executions = [*leg.executions, *(leg.executions[-1:] if twice else [])]
    last = len(leg.executions)
    return {
        "instrument-type": "Equity Option" if leg.option_symbol else "Equity",
        "symbol": padded(leg.instrument),
        "quantity": leg.quantity,
        "remaining-quantity": leg.quantity - leg.filled,
        "action": _ACTIONS[leg.side],
        "fills": [
            {
                "ext-group-fill-id": "0",
                "ext-exec-id": str(min(number, last)),
                "fill-id": f"{leg.order_id}-{min(number, last)}",
                "quantity": one.quantity if number % 2 else str(one.quantity),
                "fill-price": str(one.price),
                "filled-at": instant_text(one.at),
                "destination-venue": "MARKET_SIMULATOR_A",
            }
            for number, one in enumerate(executions, 1)
        ],
    }


def effects(form: OrderForm, standing: Standing) -> Shown:
    """Return what an order does to buying power, and what it costs."""
    tickets: Sequence[Ticket] = form.legs or ((form.head,) if form.head is not None else ())
    account = standing.account
    fees = sum(
        (
            account.fees(one.option_symbol or one.symbol, one.quantity, closes=one.side in CLOSING)
            for one in (tickets[:1] if form.head is None else tickets)
        ),
        ZERO,
    )
    closes = all(one.side in CLOSING for one in tickets)
    change = ZERO if closes else cost_of(form, standing)
    power = option_buying_power(standing)
    return {
        "warnings": [],
        "buying-power-effect": {
            **signed("change-in-margin-requirement", -max(ZERO, change - fees)),
            **signed("change-in-buying-power", -change),
            **signed("current-buying-power", power),
            **signed("new-buying-power", power - change),
            **signed("isolated-order-margin-requirement", -max(ZERO, change - fees)),
            "is-spread": len(form.legs) > 1,
            "impact": str(change),
            "effect": "Debit" if change > 0 else "None",
        },
        "fee-calculation": {
            **signed("regulatory-fees", ZERO),
            **signed("clearing-fees", ZERO),
            **signed("commission", -fees),
            **signed("proprietary-index-option-fees", ZERO),
            **signed("total-fees", -fees),
        },
    }


def signed(name: str, amount: Decimal) -> Shown:
    """Return an amount as it stands on the wire, never below 0, with its effect."""
    effect = "None" if not amount else "Credit" if amount > 0 else "Debit"
    return {name: str(abs(amount)), f"{name}-effect": effect}


def instant_text(at: datetime) -> str:
    """Return an instant as it stands on the wire, `2025-05-28T13:38:47.851+00:00`."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+00:00"
