"""A world kept in a file between two runs of a stack, so that a restart finds its orders and positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from infra.local.emulators.binance.trading.desk import DeskState
from infra.local.emulators.brokerage.broker import BooksState
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.market.calendars import CalendarsState
from infra.local.emulators.market.market import SimulatedMarket
from infra.local.emulators.market.moved import MarketState
from infra.local.emulators.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldState:
    """What is kept; a replayed market has nothing to keep."""

    market: MarketState | None
    sandbox: BooksState
    live: BooksState
    further: dict[str, BooksState] = field(default_factory=dict)
    """The books of every other broker, by its mode."""
    calendars: CalendarsState = field(default_factory=CalendarsState)
    binance: DeskState = field(default_factory=DeskState)
    binance_testnet: DeskState = field(default_factory=DeskState)


ADAPTER: Final = TypeAdapter(WorldState)


def save_world(world: World, path: Path) -> None:
    """Write the state of a world; the file carries tokens, so it belongs into the stack's own directory."""
    market = world.market.state() if isinstance(world.market, SimulatedMarket) else None
    state = WorldState(
        market=market,
        sandbox=world.sandbox.state(),
        live=world.live.state(),
        further={mode: broker.state() for mode, broker in _further(world).items()},
        calendars=world.calendars.state(),
        binance=world.binance.desk.state(),
        binance_testnet=world.binance_testnet.desk.state(),
    )
    written = path.with_suffix(path.suffix + ".new")
    written.touch(mode=0o600)
    written.write_bytes(ADAPTER.dump_json(state))
    written.replace(path)


def restore_world(world: World, path: Path) -> bool:
    """Give a new world the state of a file; False when there is no file. The seed must be the same."""
    if not path.exists():
        return False
    state = ADAPTER.validate_json(path.read_bytes())
    if state.market is not None:
        world.simulated.restore(state.market)
    world.sandbox.restore(state.sandbox)
    world.live.restore(state.live)
    for mode, broker in _further(world).items():
        if mode in state.further:
            broker.restore(state.further[mode])
    world.calendars.restore(state.calendars)
    world.binance.desk.restore(state.binance)
    world.binance_testnet.desk.restore(state.binance_testnet)
    return True


def _further(world: World) -> Mapping[str, BrokerageEmulator]:
    """Return the brokers that have no field of their own in what is kept."""
    return {
        mode: broker
        for mode, broker in world.brokers.items()
        if broker is not world.sandbox and broker is not world.live
    }
