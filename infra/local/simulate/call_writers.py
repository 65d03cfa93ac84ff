"""Owners of shares on paper who write calls against them, and against the same shares once more (I-38)."""

import random
from typing import Final

from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.sessions import new_york_date
from infra.local.simulate.acts import look, submit
from infra.local.simulate.people import Person, Trade

#: A round lot of these leaves room for calls below a limit on heat.
_TICKERS: Final = ("AAPL", "IWM")
_LOT: Final = 100
_PAPER: Final = "PAPER"
_SHARES: Final = "EQUITY"


def write_calls(person: Person, device: str, choose: random.Random) -> None:
    """Buy a lot of shares, unless one is held, and try to sell two calls against it."""
    for _ in range(3):
        _write(person, device, choose)
        look(person, device)


def _write(person: Person, device: str, choose: random.Random) -> None:
    held = [trade for trade in person.seen.get(device, ()) if _is_a_lot(trade)]
    ticker = str(held[0]["ticker"]) if held else choose.choice(_TICKERS)
    leg = _call(person, choose, ticker) if held else {"instrument": _SHARES, "side": "LONG"}
    if leg is not None:
        qty = 1 if held else _LOT
        body = {"ticker": ticker, "legs": [leg], "qty": qty, "order_type": "market", "broker_mode": _PAPER}
        submit(person, device, body)


def _is_a_lot(trade: Trade) -> bool:
    is_held = trade["status"] == "OPEN" and trade["broker_mode"] == _PAPER and trade["open_qty"] >= _LOT
    return is_held and all(leg["instrument"] == _SHARES for leg in trade["legs"])


def _call(person: Person, choose: random.Random, ticker: str) -> dict[str, object] | None:
    """Return a short call above the market that expires on another day; None where none is listed."""
    now = person.stage.engine.now()
    world, today = person.stage.world, new_york_date(now)
    expiries = [day for day in world.simulated.expiries(ticker, today) if day > today]
    chain = world.market.chain(ticker, expiries[0], now) if expiries else None
    if chain is None:
        return None
    above = [float(strike) for strike in chain.strikes if float(strike) > chain.spot][:3]
    if not above:
        return None
    return {
        "side": "SHORT",
        "option_type": Right.CALL.name,
        "strike": choose.choice(above),
        "expiry": expiries[0].isoformat(),
    }
