"""Asks the outside checker about a run in this process, with the brokers' logs and the users' histories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.world import World
from infra.local.invariants.foreign import is_foreign
from infra.local.outside_checker import Finding, check, collected

SANDBOX: Final = "TRADIER_SANDBOX"
LIVE: Final = "TRADIER_LIVE"
CLOSE_DECIMALS: Final = 4

#: Reads a path of the API as one user; the body of a good answer.
Get = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What was compared, and the contradictions."""

    accounts: int
    orders: int
    trades: int
    findings: Sequence[Finding]


def second_opinion(world: World, now: datetime, get_as: Callable[[str], Get]) -> Opinion:
    """Compare every account of the emulators with its owner's history, at rest (faults over, all synced).

    `get_as` makes, from an account's token at the broker, what reads the API as its owner. Raises ValueError
    for an answer that is no list.
    """
    accounts: dict[str, dict[str, object]] = {}
    history: dict[str, list[dict[str, object]]] = {}
    orders = 0
    for mode, vendor in ((SANDBOX, world.sandbox), (LIVE, world.live)):
        for account in vendor.accounts():
            log = [order for order in vendor.truth_orders(account) if not is_foreign(str(order.get("tag")))]
            positions = vendor.truth_positions(account)
            orders += len(log)
            accounts[account] = {"orders": log, "positions": positions, "taken": vendor.hands.taken(account)}
            told_of = collected(get_as(vendor.token_of(account)))
            other = LIVE if mode == SANDBOX else SANDBOX
            history[account] = [trade for trade in told_of if trade["broker_mode"] != other]
    told = [trade for trades in history.values() for trade in trades]
    findings = check(accounts, history, today=new_york_date(now), closes=_closes(world, told))
    return Opinion(accounts=len(accounts), orders=orders, trades=len(told), findings=findings)


def _closes(world: World, trades: Sequence[Mapping[str, object]]) -> dict[tuple[str, date], Decimal]:
    found: dict[tuple[str, date], Decimal] = {}
    for ticker, expiry in {(trade["ticker"], leg["expiry"]) for trade in trades for leg in _legs(trade)}:
        if expiry is None:
            continue
        key = str(ticker), date.fromisoformat(str(expiry))
        close = world.market.official_close(*key)
        if close is not None:
            found[key] = Decimal(str(round(close, CLOSE_DECIMALS)))
    return found


def _legs(trade: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    legs = trade["legs"]
    return legs if isinstance(legs, list) else []
