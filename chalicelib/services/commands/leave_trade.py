"""Leave a trade, or a part of it, at market, for whoever is no person (C-02, C-07): as `close_trade` does.

The request is stored first, with what it comes of; then it is carried out as far as this run's time allows.
"""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.commands import CloseTrade
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.commands.check_close import check_close
from chalicelib.services.environment import Environment
from chalicelib.services.errors import BrokerRefused
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.refused_sale import standing_refusal
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trades import load_trade, save_trade
from chalicelib.vendors.deadline import Deadline

#: What is stored in the same transaction; False: it was done before, and nothing of this is stored.
Note = Callable[[Connection], bool]


def leave(
    env: Environment,
    username: str,
    trade_id: UUID,
    reason: CloseReason,
    note: Note,
    *,
    qty: Decimal | None = None,
) -> Trade | None:
    """Begin to leave a trade and carry it on; returns it as it was stored.

    None where nothing of it can be left any more, or a close is under way. Raises Invalid for a part that
    cannot be closed, BrokerRefused while its last sales were refused too often to be sent again (A-04).
    """
    deadline = Deadline(env.clock)

    def store(connection: Connection) -> Trade | None:
        trade = load_trade(connection, trade_id, lock=True)
        if trade is None or trade.status not in PROTECTABLE or trade.close_requested_at is not None:
            return None
        check_close(trade, CloseTrade(qty=qty))
        refused = standing_refusal(connection, trade, env.clock.now())
        if refused is not None:
            raise BrokerRefused(refused.told)
        if not note(connection):
            return None
        if qty is None or qty >= trade.open_qty:
            return begin_close(env, connection, trade, reason, Actor.SYSTEM)
        now = env.clock.now()
        asked: TradeFacts = {"close_requested_at": now, "closing_reason": reason, "closing_qty": qty}
        return save_trade(connection, trade, now, {**asked, "closing_limit_price": None})

    trade = env.database.run(store, username=username, isolation=Isolation.READ_COMMITTED)
    if trade is not None:
        carry_on(env, trade, read_calendar(env), deadline)
    return trade
