"""Orders in Schwab's shape: camel-case keys, quantities as fractions, offsets without a colon."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from zlib import crc32

from infra.local.emulators.brokerage.net_prices import NET, unit_count, units_filled
from infra.local.emulators.brokerage.orders import CLOSING, Execution, Order, OrderClass, OrderType, Status
from infra.local.emulators.market.occ import Right, parse
from infra.local.emulators.market.sessions import open_session

Shown = dict[str, object]
_STATUSES: Final = {
    Status.OPEN: "WORKING",
    Status.PARTIALLY_FILLED: "WORKING",  # there is no state for a part (wire, 6.4)
    Status.PENDING: "PENDING_ACTIVATION",
    Status.FILLED: "FILLED",
    Status.EXPIRED: "EXPIRED",
    Status.CANCELED: "CANCELED",
    Status.REJECTED: "REJECTED",
}
_TYPES: Final = {
    OrderType.DEBIT: "NET_DEBIT",
    OrderType.CREDIT: "NET_CREDIT",
    OrderType.EVEN: "NET_ZERO",
}
_ROOT_CHARACTERS: Final = 6
_TAG: Final = "TA_emulated"
TRIGGERING: Final = frozenset({OrderClass.OTO, OrderClass.OTOCO})


def padded(symbol: str) -> str:
    """Return a symbol as it stands on the wire: 21 characters of a contract, a ticker as it is."""
    contract = parse(symbol)
    return symbol if contract is None else contract.root.ljust(_ROOT_CHARACTERS) + symbol[-15:]


class OrderViews:
    """Shows orders; `replaced` are the numbers of those that others have taken the place of."""

    def __init__(self, replaced: frozenset[int], now: datetime, *, twice: bool = False) -> None:
        self._replaced = replaced
        self._now = now
        self._twice = twice

    def top(self, order: Order) -> Shown:
        """Return an order as the list has it, with the orders that hang on it.

        The books count an order's legs after the order: so are a bracket's parts numbered at Schwab.
        """
        if order.order_class is OrderClass.OCO:
            return self._pair(order, order.order_id, order.legs, order.status)
        if order.order_class in TRIGGERING:
            first, *rest = order.legs
            waits = first.status not in {Status.FILLED}
            children = (
                [self._pair(order, first.order_id, rest, _status_of(rest), waits=waits)]
                if order.order_class is OrderClass.OTOCO
                else [self._single(rest[0], rest[0].order_id, waits=waits)]
            )
            shown = self._single(first, order.order_id)
            return shown | {"orderStrategyType": "TRIGGER", "childOrderStrategies": children}
        return self._single(order, order.order_id)

    def one(self, order: Order, order_id: int) -> Shown:
        """Return an order, or the part of it that bears a number."""
        return next(row for row in _walk(self.top(order)) if row["orderId"] == order_id)

    def numbers(self, order: Order) -> list[object]:
        """Return the numbers under which an order and its parts can be asked for."""
        return [row["orderId"] for row in _walk(self.top(order))]

    def _pair(
        self, order: Order, node_id: int, legs: Sequence[Order], status: Status, *, waits: bool = False
    ) -> Shown:
        return {
            "orderStrategyType": "OCO",
            **self._state(order, node_id, status, waits=waits),
            "childOrderStrategies": [self._single(leg, leg.order_id, waits=waits) for leg in legs],
        }

    def _single(self, order: Order, order_id: int, *, waits: bool = False) -> Shown:
        legs = list(order.trading_legs())
        is_net = order.order_class in NET
        units = unit_count(legs) if is_net else legs[0].quantity
        filled = units_filled(order) if is_net else legs[0].filled
        shown: Shown = {
            "session": "NORMAL",
            "duration": "GOOD_TILL_CANCEL" if legs[0].duration == "gtc" else "DAY",
            "orderType": _TYPES.get(
                order.order_type or OrderType.LIMIT, (order.order_type or "limit").upper()
            ),
            "complexOrderStrategyType": "CUSTOM" if is_net else "NONE",
            "quantity": float(units),
            "filledQuantity": float(filled),
            "remainingQuantity": float(units - filled) if order.working else 0.0,
            "requestedDestination": "AUTO",
            "destinationLinkName": "AutoRoute",
        }
        if order.price is not None:
            shown["price"] = float(order.price)
        if order.stop is not None:
            shown |= {"stopPrice": float(order.stop), "stopType": "STANDARD"}
        shown |= {
            "orderLegCollection": [_leg(leg, number) for number, leg in enumerate(legs, 1)],
            "orderStrategyType": "SINGLE",
            **self._state(order, order_id, order.status, waits=waits),
        }
        activities = list(self._activities(order, legs, units, filled))
        return shown | ({"orderActivityCollection": activities} if activities else {})

    def _state(self, order: Order, order_id: int, status: Status, *, waits: bool) -> Shown:
        working = order.working
        shown: Shown = {
            "orderId": order_id,
            "cancelable": working,
            "editable": False,
            "status": self._status(status, order_id, waits=waits and working),
            "enteredTime": instant_text(order.created_at),
            "tag": _TAG,
            "accountNumber": int(order.account),
        }
        if not working:
            shown["closeTime"] = instant_text(order.changed_at)
        if order.reason:
            shown["statusDescription"] = order.reason
        return shown

    def _status(self, status: Status, order_id: int, *, waits: bool) -> str:
        if order_id in self._replaced:
            return "REPLACED"
        if waits:
            return "AWAITING_PARENT_ORDER"
        if status is Status.OPEN and open_session(self._now) is None:
            return "PENDING_ACTIVATION"
        return _STATUSES[status]

    def _activities(self, order: Order, legs: Sequence[Order], units: int, filled: int) -> Iterator[Shown]:
        """Yield fills, newest first, as recorded ones are in no order of time; then what a cancel is."""
        fills = [
            self._fill(order, number, legs, units)
            for number in range(len(legs[0].executions))
            if all(len(leg.executions) > number for leg in legs)
        ]
        yield from reversed(fills)
        if self._twice and fills:
            yield fills[-1]
        if order.status is Status.CANCELED:
            nothing = Execution(quantity=units - filled, price=legs[0].last_price * 0, at=order.changed_at)
            left = [(leg, nothing) for leg in legs]
            yield self._activity(order, "CANCELED", len(fills), units - filled, 0, left)

    def _fill(self, order: Order, number: int, legs: Sequence[Order], units: int) -> Shown:
        executions = [(leg, leg.executions[number]) for leg in legs]
        of_leg = legs[0].quantity // units if order.order_class in NET else 1
        done = sum(one.quantity for one in legs[0].executions[: number + 1]) // of_leg
        quantity = legs[0].executions[number].quantity // of_leg
        return self._activity(order, "FILL", number, quantity, units - done, executions)

    def _activity(
        self,
        order: Order,
        kind: str,
        number: int,
        quantity: int,
        remaining: int,
        executions: Sequence[tuple[Order, Execution]],
    ) -> Shown:
        return {
            "activityType": "EXECUTION",
            "activityId": order.order_id * 100 + number,
            "executionType": kind,
            "quantity": float(quantity),
            "orderRemainingQuantity": float(remaining),
            "executionLegs": [
                {
                    "legId": leg_id,
                    "quantity": float(one.quantity),
                    "mismarkedQuantity": 0.0,
                    "price": float(one.price),
                    "time": instant_text(one.at),
                    "instrumentId": _instrument_id(leg.instrument),
                }
                for leg_id, (leg, one) in enumerate(executions, 1)
            ],
        }


def instrument_of(symbol: str) -> Shown:
    """Return what is traded, as orders and positions show it."""
    contract = parse(symbol)
    shown: Shown = {
        "assetType": "EQUITY" if contract is None else "OPTION",
        "cusip": f"0{symbol[:12]}",
        "symbol": padded(symbol),
        "instrumentId": _instrument_id(symbol),
    }
    if contract is None:
        return shown
    right = "Call" if contract.right is Right.CALL else "Put"
    return shown | {
        "description": f"{contract.underlying} {contract.expiry:%m/%d/%Y} ${contract.strike:g} {right}",
        "type": "VANILLA",
        "putCall": right.upper(),
        "underlyingSymbol": contract.underlying,
        "optionDeliverables": [{"symbol": contract.underlying, "deliverableUnits": 100.0}],
    }


def instant_text(at: datetime) -> str:
    """Return an instant as orders carry it, `2026-03-09T15:50:23+0000`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000"


def _leg(leg: Order, number: int) -> Shown:
    return {
        "orderLegType": "OPTION" if leg.option_symbol else "EQUITY",
        "legId": number,
        "instrument": instrument_of(leg.instrument),
        "instruction": leg.side.upper(),
        "positionEffect": "CLOSING" if leg.side in CLOSING else "OPENING",
        "quantity": float(leg.quantity),
    }


def _status_of(legs: Sequence[Order]) -> Status:
    """Return where the pair under a trigger stands."""
    found = {leg.status for leg in legs}
    ranked = (Status.PARTIALLY_FILLED, Status.OPEN, Status.PENDING, Status.FILLED, Status.CANCELED)
    return next((status for status in ranked if status in found), legs[0].status)


def _walk(row: Shown) -> Iterator[Shown]:
    yield row
    children = row.get("childOrderStrategies")
    for child in children if isinstance(children, list) else []:
        yield from _walk(child)


def _instrument_id(symbol: str) -> int:
    return crc32(symbol.encode())
