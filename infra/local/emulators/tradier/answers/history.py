"""An account's history: trades of earlier days, as the clearing firm books them over night (wire notes, 5.4).

Dates without times, no order numbers, amounts net of fees; live accounts only. Other events are not kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.orders import AVERAGE_DECIMALS, Order
from infra.local.emulators.brokerage.refusals import BadParameter
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.tradier.answers.paging import paging
from infra.local.emulators.tradier.answers.wire import envelope, flag

TRADE: Final = "trade"


def account_history(
    account: Account, orders: Sequence[Order], today: date, asked: Mapping[str, str]
) -> dict[str, object]:
    """Answer `/accounts/{id}/history`, the newest first. Raises BadParameter."""
    first, last = _date(asked, "start"), _date(asked, "end")
    symbol, exact = asked.get("symbol", "").upper(), flag(asked, "exactMatch")
    rows = []
    for on, leg in sorted(_booked(orders, today), key=lambda one: (one[0], one[1].order_id), reverse=True):
        is_asked = leg.instrument == symbol if exact else leg.instrument.startswith(symbol)
        in_time = (first is None or on >= first) and (last is None or on <= last)
        if is_asked and in_time and asked.get("type", TRADE) == TRADE:
            rows.append(_event(account, leg, on))
    page, limit = paging(asked)
    return envelope("history", "event", rows[(page - 1) * limit : page * limit], "null")


def _booked(orders: Sequence[Order], today: date) -> Iterator[tuple[date, Order]]:
    for order in orders:
        for leg in order.trading_legs():
            if leg.filled_at is not None and (on := new_york_date(leg.filled_at)) < today:
                yield on, leg


def _event(account: Account, leg: Order, on: date) -> dict[str, object]:
    quantity = leg.filled if leg.buys else -leg.filled
    price = round(leg.average, AVERAGE_DECIMALS)
    worth = price * quantity * leg.multiplier
    return {
        "amount": float(round(-worth - account.fees(leg.instrument, leg.filled), 2)),
        "date": f"{on.isoformat()}T00:00:00Z",
        "type": TRADE,
        TRADE: {
            "commission": float(account.fees(leg.instrument, leg.filled)),
            "description": _description(leg),
            "price": float(price),
            "quantity": float(quantity),
            "symbol": leg.instrument,
            "trade_type": "option" if leg.option_symbol else "equity",
        },
    }


def _description(leg: Order) -> str:
    contract = leg.contract
    if contract is None:
        return leg.symbol
    strike = Decimal(contract.strike_thousandths) / 1000
    terms = f"{contract.expiry:%m/%d/%y}   {strike.normalize():f}"
    return f"{contract.right.upper()} {contract.underlying}   {terms}"


def _date(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadParameter(name, "is not valid") from error
