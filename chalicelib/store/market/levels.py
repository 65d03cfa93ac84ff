"""Accounts in which the mark of a structure stands at its stop or its target."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.trades import PROTECTABLE
from chalicelib.store.arrays import array_literal
from chalicelib.store.literals import in_words

#: Coarse on purpose: which level it is, and whether it counts, is decided when the account is worked on.
_AT_A_LEVEL: Final = text(
    f"""
    select distinct t.username, t.broker_mode, t.account_id from paper_trades t
    where t.id = any(cast(:ids as uuid[])) and t.status in ({in_words(PROTECTABLE)})
      and (t.current_price <= t.sl_price or t.current_price >= t.tp_price)
    order by 1, 2, 3
    """  # noqa: S608 - words of our own
)


def at_a_level(connection: Connection, *, trade_ids: Sequence[str]) -> list[AccountRef]:
    """Return whose of these trades, all of several legs, have reached a level."""
    rows = connection.execute(_AT_A_LEVEL, {"ids": array_literal("uuid", trade_ids)})
    return [
        AccountRef(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in rows
    ]
