"""Combined orders of the tests: legs as (symbol, side, quantity), the ticker itself for shares."""

from decimal import Decimal

import httpx

from tests.emulators.support import ACCOUNT, ORDERS, Outside, accepted

Leg = tuple[str, str, int]
OPENED: dict[str, str] = {"sell_to_open": "buy_to_close", "buy_to_open": "sell_to_close"}

HIGH, LOW = "SPY260320P00590000", "SPY260320P00580000"
CALL, WING = "SPY260320C00620000", "SPY260320C00630000"
PUT_SPREAD: tuple[Leg, ...] = ((HIGH, "sell_to_open", 1), (LOW, "buy_to_open", 1))
CONDOR: tuple[Leg, ...] = (*PUT_SPREAD, (CALL, "sell_to_open", 1), (WING, "buy_to_open", 1))


def times(units: int, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Return so many units of legs."""
    return tuple((symbol, side, units * quantity) for symbol, side, quantity in legs)


def closing(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Return the legs that close what these open."""
    return tuple((symbol, OPENED[side], quantity) for symbol, side, quantity in legs)


def form_of(legs: tuple[Leg, ...], **terms: object) -> dict[str, str]:
    """Return the form of a day order at market, unless told otherwise."""
    shares = [symbol for symbol, _, _ in legs if len(symbol) < 15]
    form: dict[str, object] = {
        "class": "combo" if shares else "multileg",
        "symbol": "SPY",
        "type": "market",
        "duration": "day",
    }
    for index, (symbol, side, quantity) in enumerate(legs):
        if symbol not in shares:
            form[f"option_symbol[{index}]"] = symbol
        form |= {f"side[{index}]": side, f"quantity[{index}]": quantity}
    return {name: str(value) for name, value in (form | terms).items()}


def send(outside: Outside, legs: tuple[Leg, ...], **terms: object) -> httpx.Response:
    """Send several legs as one order."""
    return outside.sandbox.post(ORDERS, data=form_of(legs, **terms))


def placed(outside: Outside, legs: tuple[Leg, ...], **terms: object) -> int:
    """Send several legs as one order and return its id."""
    return accepted(send(outside, legs, **terms))


def natural(outside: Outside, legs: tuple[Leg, ...]) -> Decimal:
    """Return what one pays for a single unit of legs now, dollars per share, below 0 for a credit."""
    total = Decimal(0)
    for symbol, side, quantity in legs:
        quote = outside.quote(symbol)
        weight = quantity if len(symbol) >= 15 else Decimal(quantity) / 100
        if side.startswith("buy"):
            total += Decimal(str(quote["ask"])) * weight
        else:
            total -= Decimal(str(quote["bid"])) * weight
    return total


def held(outside: Outside) -> dict[str, float]:
    """Return the signed quantities that the account shows."""
    positions = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json()["positions"]
    rows = [] if positions == "null" else positions["position"]
    return {row["symbol"]: row["quantity"] for row in (rows if isinstance(rows, list) else [rows])}


def balances(outside: Outside) -> dict[str, float]:
    """Return the account's balances with what it may spend on options."""
    found = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/balances").json()["balances"]
    power: float = found["margin"]["option_buying_power"]
    return {**found, "power": power}
