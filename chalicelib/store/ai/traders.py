"""Rows of `traders` (C-01): a user's bots, versioned; one that is removed keeps its row for its past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, text, update

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.traders.reading import read_trader, trader_body
from chalicelib.domain.ai.traders.trader import Trader, TraderState
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.store.schema import traders

_C: Final = traders.c
#: What its owner writes as a whole.
_BODY: Final = ("name", "symbols", "timeframe", "filter", "analysis", "trading")
_TRADES: Final = """
    from paper_trades where username = :username and originator = 'AI' and originator_id = :trader_id
"""
_OPEN_TRADES: Final = text(
    f"select count(*) {_TRADES} and status in ('PENDING', 'PARTIALLY_FILLED', 'OPEN', 'CLOSING')"
)
_ENDED_TRADES: Final = text(
    f"select count(*) {_TRADES} and broker_mode = any(:modes) and status in ('CLOSED', 'EXPIRED')"
)
_MAY_ENTER: Final = text(
    """
    select from traders
    where username = :username and id = :id and enabled and paused_at is null and locked_at is null
      and removed_at is null
    for share
    """
)
_OF_TRADE: Final = text(
    "select originator_id from paper_trades where username = :username and id = :id and originator = 'AI'"
)
_OWNER: Final = text("select find_trader_owner(:id)")
_END_LIVE: Final = text(
    """
    update traders set live_enabled = false, trading = trading || '{"mode": "paper"}', version = version + 1,
        updated_at = papertape_now()
    where username = :username and removed_at is null and (live_enabled or trading ->> 'mode' = 'live')
    """
)
#: Those that were held, be it for a moment.
_LIVE_TRADES: Final = text(
    f"select count(*) {_TRADES} and broker_mode = any(:modes) and status not in ('PENDING', 'CANCELED')"
)
_LIVE: Final = [mode.value for mode in BrokerMode if mode.is_live]


class UnreadableTrader(ValueError):
    """A stored trader is none that this code knows."""


class ControlFacts(TypedDict, total=False):
    """What a person's controls change of a row; the blocks are the body's."""

    enabled: bool
    paused_at: datetime | None
    locked_at: datetime | None
    live_enabled: bool
    disclaimer_at: datetime | None
    live_cap_lifted_at: datetime | None
    trading: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderRow:
    """A trader as stored; the blocks are its body's, numbers as JSON has them."""

    id: UUID
    username: str
    version: int
    name: str
    symbols: list[str]
    timeframe: str
    filter: Mapping[str, JsonValue] | None
    analysis: Mapping[str, JsonValue]
    trading: Mapping[str, JsonValue]
    enabled: bool
    paused_at: datetime | None
    locked_at: datetime | None
    live_enabled: bool
    disclaimer_at: datetime | None
    live_cap_lifted_at: datetime | None
    secret_sealed: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> TraderState:
        """Return its state: a lock outlasts its owner's switching off and on, a pause too."""
        if self.locked_at is not None:
            return TraderState.LOCKED
        if not self.enabled:
            return TraderState.OFF
        return TraderState.ON if self.paused_at is None else TraderState.PAUSED

    @property
    def body(self) -> dict[str, JsonValue]:
        """Return what its owner may change, as a body of the API."""
        return {name: getattr(self, name) for name in _BODY}

    def read(self) -> Trader:
        """Return the trader; raises UnreadableTrader."""
        found = read_trader(self.body, self.id, self.version)
        if isinstance(found, Trader):
            return found
        raise UnreadableTrader("; ".join(f"{fault.field} {fault.message}" for fault in found))


def count(connection: Connection, username: str) -> int:
    """Return how many traders a user has."""
    mine = select(func.count()).where(_C.username == username, _C.removed_at.is_(None))
    return int(connection.execute(mine).scalar_one())


def count_open_trades(connection: Connection, username: str, trader_id: UUID) -> int:
    """Return how many trades of a trader have not ended."""
    asked = {"username": username, "trader_id": str(trader_id)}
    return int(connection.execute(_OPEN_TRADES, asked).scalar_one())


def count_ended_trades(connection: Connection, username: str, trader_id: UUID, modes: list[str]) -> int:
    """Return how many trades of a trader were held and have ended in these modes."""
    asked = {"username": username, "trader_id": str(trader_id), "modes": modes}
    return int(connection.execute(_ENDED_TRADES, asked).scalar_one())


def count_live_trades(connection: Connection, username: str, trader_id: UUID) -> int:
    """Return how many trades with real money a trader has, or had (C-08)."""
    asked = {"username": username, "trader_id": str(trader_id), "modes": _LIVE}
    return int(connection.execute(_LIVE_TRADES, asked).scalar_one())


def end_live_of_all(connection: Connection, username: str) -> None:
    """Have all of a user's traders enter on paper from now on, each until it is confirmed anew."""
    connection.execute(_END_LIVE, {"username": username})


def add(connection: Connection, username: str, trader: Trader) -> TraderRow:
    """Store a new trader."""
    values = {"id": trader.id, "username": username, "version": trader.version}
    stored = insert(traders).values(**values, **_columns(trader)).returning(traders)
    return from_row(connection.execute(stored).one())


def write(connection: Connection, username: str, trader: Trader) -> TraderRow:
    """Put a trader, with its version, in the place of the stored one."""
    changed = update(traders).where(_C.username == username, _C.id == trader.id)
    values = {**_columns(trader), "version": trader.version, "updated_at": func.papertape_now()}
    return from_row(connection.execute(changed.values(**values).returning(traders)).one())


def control(connection: Connection, username: str, trader_id: UUID, facts: ControlFacts) -> TraderRow:
    """Change these facts and raise the version by one."""
    changed = update(traders).where(_C.username == username, _C.id == trader_id)
    values = {**facts, "version": _C.version + 1, "updated_at": func.papertape_now()}
    return from_row(connection.execute(changed.values(**values).returning(traders)).one())


def write_secret(connection: Connection, username: str, trader_id: UUID, sealed: str) -> None:
    """Keep a trader's secret in place of the one before; nothing that its owner sees has changed."""
    changed = update(traders).where(_C.username == username, _C.id == trader_id)
    connection.execute(changed.values(secret_sealed=sealed))


def accept_disclaimer(connection: Connection, username: str, trader_id: UUID, at: datetime) -> None:
    """Keep when its owner accepted what trading live may cost; nothing that the page shows has changed."""
    changed = update(traders).where(_C.username == username, _C.id == trader_id)
    connection.execute(changed.values(disclaimer_at=at))


def read_secrets(connection: Connection, username: str) -> dict[UUID, str]:
    """Read the sealed secrets of a user's traders."""
    mine = select(_C.id, _C.secret_sealed).where(_C.username == username, _C.secret_sealed.is_not(None))
    return {row.id: row.secret_sealed for row in connection.execute(mine)}


def sealed_as(trader_id: UUID) -> str:
    """Return the field name that the cipher text of a trader's secret is bound to."""
    return f"traders.secret:{trader_id}"


def remove(connection: Connection, username: str, trader_id: UUID) -> None:
    """Take a trader away, and its secret; its decisions and trades stay."""
    changed = update(traders).where(_C.username == username, _C.id == trader_id)
    values = {"enabled": False, "secret_sealed": None, "version": _C.version + 1}
    connection.execute(changed.values(**values, removed_at=func.papertape_now()))


def read(connection: Connection, username: str, trader_id: UUID, *, lock: bool = False) -> TraderRow | None:
    """Read a trader that was not removed; `lock` holds it until the transaction ends."""
    found = select(traders).where(_C.username == username, _C.id == trader_id, _C.removed_at.is_(None))
    row = connection.execute(found.with_for_update() if lock else found).first()
    return None if row is None else from_row(row)


def page(connection: Connection, username: str, *, before: UUID | None = None, limit: int) -> list[TraderRow]:
    """Read a user's traders, newest first, those made before `before`."""
    found = select(traders).where(_C.username == username, _C.removed_at.is_(None))
    if before is not None:
        found = found.where(_C.id < before)
    rows = connection.execute(found.order_by(_C.id.desc()).limit(limit))
    return [from_row(row) for row in rows]


def read_names(connection: Connection, username: str) -> dict[UUID, str]:
    """Read what a user's traders are called, those that were taken away among them."""
    return {
        row.id: row.name for row in connection.execute(select(_C.id, _C.name).where(_C.username == username))
    }


def may_enter(connection: Connection, username: str, trader_id: UUID) -> bool:
    """Say whether a trader is ON, and keep it so until the transaction ends.

    To be asked in the transaction that stores an entry: switching off, pausing, locking and removing wait for
    it, or came first.
    """
    return connection.execute(_MAY_ENTER, {"username": username, "id": trader_id}).first() is not None


def find_owner(connection: Connection, trader_id: UUID) -> str | None:
    """Look up, past row security, whose trader this is; None for one that is not there or not served."""
    found: str | None = connection.execute(_OWNER, {"id": trader_id}).scalar()
    return found


def trader_of_trade(connection: Connection, username: str, trade_id: UUID) -> UUID | None:
    """Look up which trader a trade is of; None for one of somebody else."""
    row = connection.execute(_OF_TRADE, {"username": username, "id": trade_id}).first()
    return None if row is None else UUID(row.originator_id)


def stored_body(trader: Trader) -> dict[str, JsonValue]:
    """Return a trader's body as its row keeps it."""
    body = trader_body(trader)
    return {name: plain_json(body[name]) for name in _BODY}


def from_row(row: Row[Any]) -> TraderRow:  # Any: SQLAlchemy's rows are typed by the query alone
    """Read a row, whoever selected it."""
    return TraderRow(**{name: getattr(row, name) for name in TraderRow.__dataclass_fields__})


def _columns(trader: Trader) -> dict[str, JsonValue]:
    return {**stored_body(trader), "enabled": trader.trading.enabled}
