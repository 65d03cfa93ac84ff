"""The emulator of Interactive Brokers, driven by the client in daily use (PyPI `ibind`): no code of ours."""

from pathlib import Path
from typing import Any  # JSON

from infra.local.emulators.market.occ import parse
from infra.local.emulators.world import World
from tests.brokers.conformance import OPEN_AT_TEN
from tests.brokers.ibkr_support import ACCOUNT, credentials
from tests.emulators.support import fixture
from tests.emulators.throwaway import RunningClock, drive, neighbours


def test_the_client_in_daily_use_trades_at_the_emulator(client_python: Path) -> None:
    """B-10: a live session token that it checks, quotes, orders whose questions it knows, the end."""
    clock = RunningClock(OPEN_AT_TEN)
    world = World.create(7, clock, lambda _seconds: None)
    world.ibkr.open_account(ACCOUNT, credentials())
    contract = parse(neighbours(world)[0])
    assert contract is not None
    told = drive(
        client_python,
        "ibind_client.py",
        world.ibkr,
        ahead=clock.ahead_seconds,
        account=ACCOUNT,
        credentials=credentials().named(),
        month=f"{contract.expiry:%b%y}".upper(),
        strike=f"{contract.strike:g}",
        day=f"{contract.expiry:%Y%m%d}",
    )

    first: Any = fixture("ibkr", "snapshot_preflight_first_reply.json")
    assert float(told.pop("ask")) > 0
    assert told == {
        "tickle": [True, True, False],
        "healthy": True,
        "accounts": [ACCOUNT],
        "of portfolio": [ACCOUNT],
        "summary": 100000.0,
        "ledger": 100000.0,
        "suppressed": "submitted",
        "one conid": True,
        "strike": True,
        "preflight": sorted(first[0]),
        "quote": ["7308", "7309", "7310", "7311", "7633", "84", "85", "86", "88"],
        "by symbol": True,
        "bought": "Filled",
        "far": "Submitted",
        "known": True,
        "tried": [sorted(fixture("ibkr", "whatif_doc.json")), None],
        "nearer": True,
        "canceled": "Request was submitted",
        "gone": "Cancelled",
        "twice": 400,
        "stop": "PreSubmitted",
        "nobody answers": "No answer found for question",
        "first look": [],
        "listed": [["bought-by-ibind", "Filled"], ["far", "Cancelled"], ["stop", "PreSubmitted"]],
        "trade": ["bought-by-ibind", "B", 2.0],
        "held": 2.0,
        "out": True,
        "without a session": True,
    }
