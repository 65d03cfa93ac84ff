"""Keep the emulated brokers' books, and the moves made by hand, between starts of the stack.

A restart of papertape is not a restart of its brokers: orders and positions must still be there, at the
prices that they were led to. This module knows what of an emulator is a book and what can be worked out
again; a part that is missing here would show in the test that compares both sides of a restart.
"""

import pickle
from itertools import count
from pathlib import Path
from typing import Any, Final

from infra.local.emulators.market import SimulatedMarket
from infra.local.emulators.tradier.app import TradierEmulator
from infra.local.emulators.world import World

BOOKS: Final = ("accounts", "_orders", "_owner", "_working", "_done_until")
MOVES: Final = ("_volatilities", "_references")


def store_books(world: World, path: Path) -> None:
    """Write the books of a world that is no longer served."""
    world.catch_up()
    books = {name: _books_of(vendor) for name, vendor in _brokers(world).items()}
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(pickle.dumps({"brokers": books, "market": _moves_of(world.market)}))
    draft.replace(path)


def restore_books(world: World, path: Path) -> bool:
    """Put stored books into a new world, once; tell whether there were any.

    The file is taken away: books of an earlier run must not come back after a later one was killed.
    """
    if not path.exists():
        return False
    stored: dict[str, Any] = pickle.loads(path.read_bytes())  # noqa: S301  # our own file, mode 0600
    path.unlink()
    if isinstance(world.market, SimulatedMarket):
        _restore_moves(world.market, stored["market"])
    for name, vendor in _brokers(world).items():
        _restore_broker(vendor, stored["brokers"][name])
    return True


def _brokers(world: World) -> dict[str, TradierEmulator]:
    return {"sandbox": world.sandbox, "live": world.live}


def _books_of(vendor: TradierEmulator) -> dict[str, Any]:
    broker = vendor._broker
    return {**{name: getattr(broker, name) for name in BOOKS}, "next_id": next(broker._ids)}


def _restore_broker(vendor: TradierEmulator, books: dict[str, Any]) -> None:
    broker = vendor._broker
    for name in BOOKS:
        setattr(broker, name, books[name])
    broker._ids = count(books["next_id"])
    broker._done_revision = vendor._feed.market.revision


def _moves_of(market: object) -> dict[str, Any]:
    if not isinstance(market, SimulatedMarket):
        return {}
    return {**{name: getattr(market, name) for name in MOVES}, "bends": market._paths._bends}


def _restore_moves(market: SimulatedMarket, moves: dict[str, Any]) -> None:
    for name in MOVES:
        setattr(market, name, moves[name])
    market._paths._bends = moves["bends"]
