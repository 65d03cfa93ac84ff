"""What waits, minute by minute (C-07): answers that nobody gave, prices that left, slots that became free.

For jobs, over all users. Whoever settles a row has settled it: the same again does what is left.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.validation.account_rules import POSITIONS_OF_ACCOUNT_MAX, PRO_POSITIONS_MAX
from chalicelib.domain.clocks.decide_messages import OneQueued
from chalicelib.domain.people import Tier
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.accounts.hand_over import hand_over_each
from chalicelib.services.ai.deciding.approving import has_moved_away, wish_of
from chalicelib.services.ai.signal_raised import send_to_decide
from chalicelib.services.commands.withdraw_entries import ask_to_withdraw
from chalicelib.services.environment import Environment
from chalicelib.store.ai import decisions
from chalicelib.store.ai.decisions import WaitingRow
from chalicelib.store.ai.slots import Slots, read_slots

_LOG: Final = logging.getLogger("papertape.ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitReport:
    """What became of what waited: lapsed, sent to be decided anew, limits withdrawn."""

    lapsed: int = 0
    anew: int = 0
    withdrawn: int = 0

    @property
    def any(self) -> bool:
        """Say whether anything was done."""
        return bool(self.lapsed or self.anew or self.withdrawn)


def lapse_waiting(env: Environment, now: datetime) -> WaitReport:
    """End what nobody answered or took in time, and have the best decided where a slot became free."""
    waiting = env.database.run(decisions.read_waiting, username=None)
    over = _over(env, waiting, now)
    lapsed = sum(_settle(env, one) for one in over) + env.database.run(decisions.end_answered, username=None)
    left = [one for one in waiting if one not in over]
    anew = send_to_decide(env, list(_that_fit(env, left)))
    return WaitReport(lapsed=lapsed, anew=anew, withdrawn=_withdraw(env, now))


def _over(env: Environment, waiting: Sequence[WaitingRow], now: datetime) -> list[WaitingRow]:
    late = [one for one in waiting if one.expires_at <= now]
    asked = [one for one in waiting if one.outcome is DecisionOutcome.AWAITING_APPROVAL]
    rest = [one for one in asked if one not in late]
    prices = _prices(env, {one.symbol for one in rest})
    return late + [one for one in rest if _has_left(one, prices.get(one.symbol))]


def _has_left(row: WaitingRow, price: Decimal | None) -> bool:
    """Say whether the price has left an entry; one that cannot be read has not: its time ends it."""
    return price is not None and has_moved_away(row.price_then, price, wish_of(row.facts).sign)


def _prices(env: Environment, symbols: Iterable[str]) -> Mapping[str, Decimal]:
    wanted = sorted(symbols)
    if not wanted:
        return {}
    try:
        return {name: one.price for name, one in env.coin_market.prices(wanted).items()}
    except MarketDataError as error:
        _LOG.warning("prices of what waits cannot be read: %s", error.reason)
        return {}


def _settle(env: Environment, row: WaitingRow) -> bool:
    def work(connection: Connection) -> bool:
        expired = DecisionOutcome.EXPIRED
        return decisions.settle(connection, row.username, row.id, before=row.outcome, outcome=expired)

    return env.database.run(work, username=row.username)


def _that_fit(env: Environment, waiting: Sequence[WaitingRow]) -> Iterator[OneQueued]:
    """Yield the best of what is queued, as many as there are free slots."""
    queued = [one for one in waiting if one.outcome is DecisionOutcome.QUEUED]
    if not queued:
        return
    traders = sorted({one.trader_id for one in queued})
    slots = env.database.read(lambda connection: read_slots(connection, traders), username=None)
    of_trader = {one.trader_id: one.max_positions - one.open_of_trader for one in slots}
    of_account = {one.username: _of_account(one) for one in slots}
    for row in queued:
        if of_trader.get(row.trader_id, 0) > 0 and of_account[row.username] > 0:
            of_trader[row.trader_id] -= 1
            of_account[row.username] -= 1
            yield OneQueued(username=row.username, decision_id=row.id)


def _of_account(slots: Slots) -> int:
    most = PRO_POSITIONS_MAX if slots.tier is Tier.PRO else POSITIONS_OF_ACCOUNT_MAX
    return most - slots.open_of_account


def _withdraw(env: Environment, now: datetime) -> int:
    """Take back limits that lapsed with their candle; what works at the exchange is cancelled by its sync."""
    lapsed: list[tuple[str, UUID]] = env.database.read(
        lambda connection: decisions.read_lapsed_entries(connection, now), username=None
    )
    asked = [ask_to_withdraw(env, username, trade_id) for username, trade_id in lapsed]
    found = [trade for trade in asked if trade is not None]
    hand_over_each(env, [trade for trade in found if not trade.is_ended])
    return len(found)
