"""A person's hand on a trader (C-07): pause, resume, and live off."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.trader import TraderMode, TraderState
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.environment import Environment
from chalicelib.store.ai import traders as store
from chalicelib.store.ai.falls import forget_peak
from chalicelib.store.ai.silenced import end_silence
from chalicelib.store.ai.traders import ControlFacts, TraderRow
from chalicelib.store.database import Isolation


def pause_trader(env: Environment, username: str, trader_id: UUID) -> TraderRow:
    """Have a trader that is ON decide without executing; one that is OFF or LOCKED stays so.

    Raises NotFound.
    """

    def work(connection: Connection) -> TraderRow:
        present = hold(connection, username, trader_id)
        if present.state is not TraderState.ON:
            return present
        return store.control(connection, username, trader_id, {"paused_at": env.clock.now()})

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def resume_trader(env: Environment, username: str, trader_id: UUID) -> TraderRow:
    """Put a trader ON, from whatever state, and have its total drawdown measured anew (C-13).

    One that was locked has the account's measured anew, too: it would be locked again at once; others that
    were locked with it stay so until each is resumed. Raises NotFound.
    """

    def work(connection: Connection) -> TraderRow:
        present = hold(connection, username, trader_id)
        forget_peak(connection, username, trader_id)
        if present.locked_at is not None:
            forget_peak(connection, username, None)
        if present.state is TraderState.ON:
            return present
        on: ControlFacts = {"enabled": True, "paused_at": None, "locked_at": None}
        on["trading"] = {**present.trading, "enabled": True}
        return store.control(connection, username, trader_id, on)

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def resume_symbol(env: Environment, username: str, trader_id: UUID, symbol: str) -> TraderRow:
    """End the silence of a symbol that was closed by hand; the trader's state stays. Raises NotFound."""

    def work(connection: Connection) -> TraderRow:
        present = hold(connection, username, trader_id)
        end_silence(connection, username, trader_id, symbol)
        return present

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def switch_live_off(env: Environment, username: str, trader_id: UUID) -> TraderRow:
    """Have a trader enter on paper from now on; always allowed. Raises NotFound."""

    def work(connection: Connection) -> TraderRow:
        present = hold(connection, username, trader_id)
        is_live = present.trading["mode"] == TraderMode.LIVE.value
        if not present.live_enabled and not is_live:
            return present
        off: ControlFacts = {"live_enabled": False}
        off["trading"] = {**present.trading, "mode": TraderMode.PAPER.value}
        return store.control(connection, username, trader_id, off)

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
