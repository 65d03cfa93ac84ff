"""What a user's coins are at: open trades of everybody and everything, P&L of traders, last results (C-03).

P&L of what is open comes of its fills: what they brought and cost, with what is held at the price of now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.trades import Originator
from chalicelib.store.ahead import read_ahead

_OPEN: Final = text(
    """
    select t.id, t.originator, t.originator_id, t.qty, t.open_qty, t.status, l.symbol,
           t.broker_mode = :mode as is_here,
           case l.side when 'SHORT' then -1 else 1 end as sign,
           coalesce(t.limit_price, t.asked_price, t.entry_price) as asked_price,
           coalesce((
               select sum(f.quantity * f.price * case when f.is_buy then -1 else 1 end - f.fees)
               from fills f where f.trade_id = t.id), 0) as cash
    from paper_trades t join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where t.username = :username and l.instrument = 'CRYPTO' and not t.is_locked
      and (t.broker_mode = :mode or t.originator = 'AI')
    order by t.id
    """
)
#: Of whatever account: one that is connected in another's place goes on from its P&L.
_ENDED: Final = text(
    """
    select t.originator_id, sum(t.realized_pnl) as pnl from paper_trades t
    where t.username = :username and t.broker_mode = :mode and t.is_locked
      and t.originator = 'AI' and t.status <> 'CANCELED'
    group by t.originator_id
    """
)
_TRADE_IN: Final = text(
    """
    select t.id from paper_trades t join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where t.username = :username and not t.is_locked
      and t.originator = 'AI' and t.originator_id = :trader_id and l.symbol = :symbol
    order by t.id limit 1
    """
)
_RESULTS: Final = text(
    """
    select realized_pnl_pct from paper_trades
    where username = :username and originator = 'AI' and originator_id = :trader_id
      and status in ('CLOSED', 'EXPIRED') and realized_pnl_pct is not null
    order by close_date desc, id desc limit :most
    """
)
_CHANGES: Final = text(
    "select at, triggered_by, kind, reason, state from trade_changes where trade_id = :trade_id "
    "order by at desc, id desc limit :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCoin:
    """A trade of coins that has not ended; `cash` is what its fills brought less what they took, fees too.

    `trader_id` is None for what no trader opened; `asked_price` what an entry that waits is to be had at.
    """

    id: UUID
    originator: Originator
    trader_id: UUID | None
    symbol: str
    sign: int
    qty: Decimal
    open_qty: Decimal
    status: str
    asked_price: Decimal | None
    cash: Decimal

    def worth(self, price: Decimal | None) -> Decimal | None:
        """Return how much is, or may yet be, at stake, without sign; None where its price is not known."""
        if self.open_qty > 0:
            return None if price is None else self.open_qty * price
        return None if self.asked_price is None else self.qty * self.asked_price

    def pnl(self, price: Decimal | None) -> Decimal | None:
        """Return P&L so far, realised in parts and open together, net of fees paid; None without a price."""
        if self.open_qty == 0:
            return self.cash
        return None if price is None else self.cash + self.sign * self.open_qty * price


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinsStanding:
    """A user's open coins in one mode, and what each trader's ended trades came to there.

    `elsewhere` are what traders have open in other modes: it takes slots, and has another account's money.
    """

    open: tuple[OpenCoin, ...]
    elsewhere: tuple[OpenCoin, ...]
    realised: Mapping[UUID, Decimal]


def coins_ahead(connection: Connection, username: str, mode: BrokerMode) -> None:
    """Read what `read_coins` reads together with what is read next."""
    asked = _asked(username, mode)
    read_ahead(connection, _OPEN, asked)
    read_ahead(connection, _ENDED, asked)


def find_trade(connection: Connection, username: str, trader_id: UUID, symbol: str) -> UUID | None:
    """Find a trader's trade in a symbol that has not ended, in whatever account."""
    asked = {"username": username, "trader_id": str(trader_id), "symbol": symbol}
    row = connection.execute(_TRADE_IN, asked).first()
    return None if row is None else row.id


def read_coins(connection: Connection, username: str, mode: BrokerMode) -> CoinsStanding:
    """Read what coins a user has open in a mode, and what traders have realised there."""
    asked = _asked(username, mode)
    here: list[OpenCoin] = []
    elsewhere: list[OpenCoin] = []
    for row in connection.execute(_OPEN, asked):
        found = OpenCoin(
            id=row.id,
            originator=Originator(row.originator),
            trader_id=UUID(row.originator_id) if row.originator == Originator.AI.value else None,
            symbol=row.symbol,
            sign=row.sign,
            qty=row.qty,
            open_qty=row.open_qty,
            status=row.status,
            asked_price=row.asked_price,
            cash=row.cash,
        )
        (here if row.is_here else elsewhere).append(found)
    ended = connection.execute(_ENDED, asked)
    return CoinsStanding(
        open=tuple(here),
        elsewhere=tuple(elsewhere),
        realised={UUID(row.originator_id): row.pnl for row in ended},
    )


def _asked(username: str, mode: BrokerMode) -> dict[str, str]:
    return {"username": username, "mode": mode.value}


def read_results(connection: Connection, username: str, trader_id: UUID, most: int) -> list[Decimal]:
    """Read the results of a trader's last trades, newest first, in per cent."""
    asked = {"username": username, "trader_id": str(trader_id), "most": most}
    return [row.realized_pnl_pct for row in connection.execute(_RESULTS, asked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTold:
    """A change of a position as a model is told it: by whom, of what kind, why, and how it ended."""

    at: datetime
    triggered_by: str
    kind: str
    reason: str | None
    state: str


def read_last_changes(connection: Connection, trade_id: UUID, most: int) -> list[ChangeTold]:
    """Read a trade's last changes of stop and targets, newest first."""
    rows = connection.execute(_CHANGES, {"trade_id": trade_id, "most": most})
    return [ChangeTold(**row._mapping) for row in rows]
