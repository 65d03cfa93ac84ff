"""Drives an emulator of tastytrade by the client `tastytrade` of PyPI; tells in JSON what it came to.

Run by an interpreter that has the client, with its arguments as JSON: `url`, `contract`, `other`.
"""

import asyncio
import json
import sys
from decimal import Decimal

from tastytrade import Account, Session, session
from tastytrade.order import (
    InstrumentType,
    Leg,
    LimitOrder,
    MarketOrder,
    OCOOrder,
    OrderAction,
    OrderTimeInForce,
    StopOrder,
)
from tastytrade.utils import TastytradeError


def leg(symbol: str, action: OrderAction, quantity: int = 2) -> Leg:
    return Leg(instrument_type=InstrumentType.EQUITY_OPTION, symbol=symbol, action=action, quantity=quantity)


def oco(symbol: str) -> OCOOrder:
    """Return a target and a stop far away."""
    closing = [leg(symbol, OrderAction.SELL_TO_CLOSE)]
    gtc = OrderTimeInForce.GTC
    return OCOOrder(
        take_profit=LimitOrder(time_in_force=gtc, legs=closing, price=Decimal("200.00")),
        stop_loss=StopOrder(time_in_force=gtc, legs=closing, stop_trigger=Decimal("0.05")),
    )


async def drive(url: str, contract: str, other: str) -> dict[str, object]:
    session.CERT_URL = url
    told: dict[str, object] = {}
    way = {"User-Agent": "somebody/1.0"}
    async with Session("a-client-secret", "a-refresh-token", is_test=True) as signed_in:
        signed_in._client.headers.update(way)
        (account,) = await Account.get(signed_in)
        told["account"] = account.account_number
        told["cash"] = str((await account.get_balances(signed_in)).cash_balance)
        buy = MarketOrder(legs=[leg(contract, OrderAction.BUY_TO_OPEN)], external_identifier="by-a-client")
        dry = await account.place_order(signed_in, buy, dry_run=True)
        told["commission"] = str(dry.fee_calculation.commission)
        placed = (await account.place_order(signed_in, buy, dry_run=False)).order
        told["placed"] = placed.status.value
        filled = await account.get_order(signed_in, placed.id)
        told["filled"] = [
            filled.status.value,
            filled.external_identifier,
            str(filled.average_fill_price() > 0),
        ]
        held = await account.get_positions(signed_in)
        told["held"] = [[one.symbol, str(one.quantity), one.quantity_direction] for one in held]
        pair = (await account.place_complex_order(signed_in, oco(contract), dry_run=False)).complex_order
        told["pair"] = [pair.take_profit.status.value, pair.stop_loss.status.value]
        (resting,) = await account.get_live_complex_orders(signed_in)
        told["resting"] = [one.status.value for one in resting.orders]
        await account.delete_complex_order(signed_in, pair.id)
        told["ended"] = [
            one.status.value for one in (await account.get_complex_order(signed_in, pair.id)).orders
        ]
        vertical = LimitOrder(
            legs=[leg(contract, OrderAction.SELL_TO_CLOSE, 1), leg(other, OrderAction.BUY_TO_OPEN, 1)],
            price=Decimal("90.00"),
        )
        rolled = (await account.place_order(signed_in, vertical, dry_run=False)).order
        await account.delete_order(signed_in, rolled.id)
        try:
            await account.delete_order(signed_in, rolled.id)
        except TastytradeError as error:
            told["twice"] = str(error).strip()
        told["live"] = sorted(one.status.value for one in await account.get_live_orders(signed_in))
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(drive(**json.loads(sys.argv[1])))))
