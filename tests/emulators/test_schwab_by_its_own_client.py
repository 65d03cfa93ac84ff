"""The emulator of Schwab, driven by the client in daily use (PyPI `schwab-py`): no code of ours."""

from pathlib import Path

from chalicelib.brokers.padded_symbols import to_padded
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.world import World
from tests.brokers.conformance import OPEN_AT_TEN
from tests.brokers.schwab_support import ACCOUNT, CLIENT_ID, CLIENT_SECRET, LOGIN, REDIRECT_URI
from tests.emulators.throwaway import RunningClock, drive, neighbours


def test_the_client_in_daily_use_trades_at_the_emulator(client_python: Path) -> None:
    """B-10: signs in by a browser, reads, buys, replaces, protects by an OCO and a bracket, renews."""
    clock = RunningClock(OPEN_AT_TEN)
    world = World.create(7, clock, lambda _seconds: None)
    world.schwab.open_account(ACCOUNT, LOGIN)
    world.schwab.register(
        Application(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT_URI)
    )
    contract, other = (to_padded(one) for one in neighbours(world))
    told = drive(
        client_python,
        "schwab_client.py",
        world.schwab,
        ahead=clock.ahead_seconds,
        key=CLIENT_ID,
        secret=CLIENT_SECRET,
        callback=REDIRECT_URI,
        login=LOGIN,
        contract=contract,
        other=other,
    )

    assert told == {
        "account": [ACCOUNT, "MARGIN", False],
        "cash": 100000.0,
        "by its number": 404,
        "preferred": True,
        "kinds": {"SPY": "EQUITY", "$SPX": "INDEX", contract: "OPTION"},
        "unknown": {"invalidSymbols": ["NOSUCH"]},
        "index has no bid": True,
        "reference": "C",
        "only": ["quote"],
        "expiries": [True, "SPY"],
        "chain": ["SUCCESS", 4, {}],
        "delta": True,
        "underlying": "SPY",
        "no chain": 404,
        "preview": ["ACCEPTED", []],
        "filled": ["FILLED", "FILL"],
        "replaced": ["REPLACED", 0.06],
        "cancel": [200, "CANCELED"],
        "cancel twice": 400,
        "pair": ["OCO", ["WORKING", "WORKING"]],
        "pair gone": ["CANCELED", "CANCELED"],
        "bracket": ["TRIGGER", "WORKING", "AWAITING_PARENT_ORDER"],
        "bracket gone": 200,
        "spread": ["FILLED", "NET_DEBIT", 2],
        "too many": "order not successful: status 400",
        "half an order": ["errors", "message"],
        "listed": 6,
        "of all": 2,
        "held": [2.0, -1.0],
        "renewed": [200, True],
        "login stays": True,
    }
