"""What people with an account at the exchange of coins place there themselves, by the same core (C-06)."""

import random
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.emulators.market.coins import Pair
from infra.local.invariants.coin_truth import lot_of
from infra.local.simulate.acts import look, submit_as_it_is
from infra.local.simulate.exchange_accounts import Account
from infra.local.simulate.people import Person

#: How often somebody does, at each act.
BUYS: Final = 0.4
_COINS: Final = ("BTC", "ETH", "SOL", "ADA")
#: Parts of the last price.
_LIMITS: Final = (0.97, 0.996, 0.999, 1.002, 1.01)
_STOPS: Final = (0.9, 0.97, 0.985, 0.995)
_TARGETS: Final = (1.004, 1.01, 1.03, 1.1)


def buy_coins(person: Person, device: str, choose: random.Random, accounts: Sequence[Account]) -> None:
    """Place an entry in one of one's accounts, as the page sends it."""
    account = choose.choice(accounts)
    pair = account.exchange.coins.pair(f"{choose.choice(_COINS)}{QUOTE}")
    last = account.exchange.coins.price(pair.symbol, person.stage.engine.now())
    lot, worth = lot_of(pair), choose.choice((8, 30, 90, 250))
    qty = (Decimal(worth / last) / lot).to_integral_value(ROUND_FLOOR) * lot
    body: dict[str, object] = {
        "ticker": pair.symbol,
        "legs": [{"instrument": "CRYPTO", "side": "LONG"}],
        "qty": float(qty),
        "order_type": choose.choice(("market", "market", "limit")),
        "broker_mode": account.mode,
    }
    if body["order_type"] == "limit":
        body["limit_price"] = _at(pair, last, choose.choice(_LIMITS))
    if choose.random() < 0.85:
        body["sl_price"] = _at(pair, last, choose.choice(_STOPS))
    body |= _targets(pair, last, choose)
    submit_as_it_is(person, device, body)
    if choose.random() < 0.6:
        look(person, device)


def _targets(pair: Pair, last: float, choose: random.Random) -> dict[str, object]:
    """Return no target, one over all, or several over shares."""
    count = choose.choice((0, 1, 1, 2, 3))
    parts = sorted(choose.sample(_TARGETS, count))
    if count < 2:
        return {"tp_price": _at(pair, last, parts[0])} if parts else {}
    share = choose.choice((0.25, 1 / count)) if count == 2 else 0.3
    return {"targets": [{"price": _at(pair, last, part), "share": share} for part in parts]}


def _at(pair: Pair, last: float, part: float) -> float:
    return round(last * part, pair.decimals)
