"""What people do with structures: open, guard, walk out, close in parts, with choices of their own.

Tickets are filled in from the market as it stands: a debit or credit near what the legs cost at once.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from infra.local.day.trader import tick_up
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.quotes import Chain
from infra.local.emulators.market.sessions import new_york_date
from infra.local.simulate.acts import check_exit_is_let_in, is_structure, look, submit
from infra.local.simulate.people import Person, Trade
from infra.local.simulate.stage import Stage
from infra.local.simulate.tickets import TICKERS

_ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})
#: How often somebody who holds several of a contract sets two targets, where structures are traded, too.
TAKES_PARTS: Final = 0.3
SHARES: Final = "EQUITY"
#: A leg of a shape: side, right, listed strikes from the money, how many, and whether it expires later.
Part = tuple[str, Right, int, int, bool]
CALL, PUT = Right.CALL, Right.PUT
SHAPES: Final[Mapping[str, Sequence[Part]]] = {
    "bull put spread": (("SHORT", PUT, -1, 1, False), ("LONG", PUT, -4, 1, False)),
    "bear call spread": (("SHORT", CALL, 1, 1, False), ("LONG", CALL, 4, 1, False)),
    "bull call spread": (("LONG", CALL, 0, 1, False), ("SHORT", CALL, 3, 1, False)),
    "deep call spread": (("LONG", CALL, -4, 1, False), ("SHORT", CALL, -1, 1, False)),
    "iron condor": (
        ("LONG", PUT, -5, 1, False),
        ("SHORT", PUT, -2, 1, False),
        ("SHORT", CALL, 2, 1, False),
        ("LONG", CALL, 5, 1, False),
    ),
    "butterfly": (
        ("LONG", CALL, -2, 1, False),
        ("SHORT", CALL, 0, 2, False),
        ("LONG", CALL, 2, 1, False),
    ),
    "calendar": (("SHORT", CALL, 0, 1, False), ("LONG", CALL, 0, 1, True)),
    "straddle": (("LONG", CALL, 0, 1, False), ("LONG", PUT, 0, 1, False)),
    "short put": (("SHORT", PUT, -2, 1, False),),
    "covered call": (("SHORT", CALL, 1, 1, False),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A structure with what it costs at once and what its entry is at the middle, in dollars per share."""

    body: dict[str, object]
    natural: float
    middle: float


def trade_structures(person: Person, device: str, choose: random.Random) -> None:
    """Do one thing with a structure: mostly enter one, else go on with one that is there."""
    plain = [trade for trade in person.seen.get(device, ()) if _has_parts(trade)]
    if plain and choose.random() < TAKES_PARTS:
        _take_parts(person, device, choose, choose.choice(plain))
        return
    live = [
        trade
        for trade in person.seen.get(device, ())
        if is_structure(trade) and trade["status"] not in _ENDED
    ]
    if not live or choose.random() < 0.5:
        _enter(person, device, choose)
        look(person, device)
        return
    trade = choose.choice(live)
    version: dict[str, object] = {"version": trade["version"]}
    what = choose.choice(("close", "close", "part", "walk", "walk", "guard", "guard", "cancel"))
    path = f"/api/trades/{trade['id']}"
    if what == "part" and trade["open_qty"] > 1:
        version["qty"] = choose.randint(1, int(trade["open_qty"]) - 1)
    if what == "walk" and len(trade["legs"]) > 1:
        version["limit_price"] = _worst(trade, choose)
    if what == "guard":
        person.call(device, "POST", f"{path}/adjust", version | _levels(trade, choose))
    else:
        verb = "cancel" if what == "cancel" else "close"
        answer = person.call(device, "POST", f"{path}/{verb}", version)
        check_exit_is_let_in(person, verb, answer)
    look(person, device)


def _has_parts(trade: Trade) -> bool:
    return not is_structure(trade) and trade["status"] == "OPEN" and trade["open_qty"] > 1


def _take_parts(person: Person, device: str, choose: random.Random, trade: Trade) -> None:
    """Have what was bought leave in two parts, at two targets (W-04)."""
    now = float(trade["current_price"] or trade["entry_price"] or 1.0)
    targets = [
        {"price": tick_up(now * choose.choice((1.02, 1.1, 1.3))), "share": 0.5},
        {"price": tick_up(now * 2), "share": 0.5},
    ]
    body = {"version": trade["version"], "targets": targets}
    person.call(device, "POST", f"/api/trades/{trade['id']}/adjust", body)
    look(person, device)


def _worst(trade: Trade, choose: random.Random) -> float:
    """Return the worst price that a close may walk to: mostly one that is reached."""
    now = float(trade["current_price"] or trade["entry_price"] or 1.0)
    found = round(now - choose.choice((-0.10, 0.02, 0.30, 1.0, 3.0)), 2)
    return found or -0.01


def _levels(trade: Trade, choose: random.Random) -> dict[str, object]:
    """Return a stop or a target around what it is worth: a short put's lie the other way round."""
    way = -1 if len(trade["legs"]) == 1 else 1
    now = float(trade["current_price"] or trade["entry_price"] or 1.0)
    off = choose.choice((0.10, 0.25, 0.6, 1.5))
    field, sign = choose.choice((("new_sl", -way), ("new_tp", way)))
    if way == -1:
        return {field: max(round(round((now + sign * off) / 0.05) * 0.05, 2), 0.05)}
    return {field: round(now + sign * off, 2) or 0.01}


def _enter(person: Person, device: str, choose: random.Random) -> None:
    name = choose.choice(sorted(SHAPES))
    if name == "covered call" and not _has_shares(person, device):
        submit(person, device, _shares(choose))
        return
    priced = _priced(person.stage, choose, name)
    if priced is not None:
        submit(person, device, _with_prices(priced, choose))


def _has_shares(person: Person, device: str) -> bool:
    return any(leg["instrument"] == SHARES for trade in person.seen.get(device, ()) for leg in trade["legs"])


def _shares(choose: random.Random) -> dict[str, object]:
    leg = {"instrument": SHARES, "side": "LONG"}
    qty = choose.choice((100, 200))
    return {"ticker": choose.choice(TICKERS), "legs": [leg], "qty": qty, "order_type": "market"}


def _with_prices(priced: Priced, choose: random.Random) -> dict[str, object]:
    body = dict(priced.body)
    several = isinstance(body["legs"], list) and len(body["legs"]) > 1
    if not several:
        body["order_type"] = "market"
        if choose.random() < 0.5:
            body["sl_price"] = max(round(round(priced.natural * 2.5 / 0.1) * 0.1, 2), 0.3)
        return body
    nearer = choose.choice((1.0, 1.0, 1.0, 0.5, -0.5))
    spread = priced.natural - priced.middle
    limit = round(priced.middle + spread * nearer + (0.05 if nearer == 1.0 else 0.0), 2) or 0.01
    body |= {"order_type": "limit", "limit_price": limit}
    if choose.random() < 0.5:
        body["sl_price"] = round(limit - choose.choice((0.2, 0.5, 1.0)), 2) or -0.01
    if choose.random() < 0.4:
        body["tp_price"] = round(limit + choose.choice((0.2, 0.5, 1.0)), 2) or 0.01
    return body


def _priced(stage: Stage, choose: random.Random, name: str) -> Priced | None:
    """Choose ticker and expiry, and price the shape there; None where not all of it is quoted."""
    market, now = stage.world.simulated, stage.engine.now()
    ticker, today = choose.choice(TICKERS), new_york_date(now)
    expiries = [day for day in market.expiries(ticker, today) if day >= today]
    at = 0 if choose.random() < 0.55 else 2
    later = at + choose.choice((1, 2))
    if len(expiries) <= later:
        return None
    chains = {
        is_later: stage.world.market.chain(ticker, expiries[later if is_later else at], now)
        for is_later in (False, True)
    }
    legs, natural, middle = list[dict[str, object]](), 0.0, 0.0
    for side, right, steps, ratio, is_later in SHAPES[name]:
        chain = chains[is_later]
        found = None if chain is None else _quote(chain, right, steps)
        if found is None:
            return None
        strike, bid, ask = found
        sign = 1 if side == "LONG" else -1
        natural += sign * ratio * (ask if sign > 0 else bid)
        middle += sign * ratio * (bid + ask) / 2
        legs.append(_leg(side, right, strike, expiries[later if is_later else at], ratio))
    body: dict[str, object] = {"ticker": ticker, "legs": legs, "qty": choose.choice((1, 1, 2, 3))}
    if len(legs) == 1:
        natural, middle = -natural, -middle
    return Priced(body=body, natural=natural, middle=middle)


def _leg(side: str, right: Right, strike: float, expiry: date, ratio: int) -> dict[str, object]:
    return {
        "side": side,
        "option_type": right.name,
        "strike": strike,
        "expiry": expiry.isoformat(),
        "ratio": ratio,
    }


def _quote(chain: Chain, right: Right, steps: int) -> tuple[float, float, float] | None:
    """Return (strike, bid, ask) of a contract so many listed strikes from the money."""
    strikes = [float(strike) for strike in chain.strikes]
    nearest = min(range(len(strikes)), key=lambda row: abs(strikes[row] - chain.spot))
    row = nearest + steps
    if not 0 <= row < len(strikes):
        return None
    side = chain.side(right)
    bid, ask = float(side.bid[row]), float(side.ask[row])
    return (strikes[row], bid, ask) if ask > 0 and bid > 0 else None
