"""What an account holds beside what our trades of it explain (A-04, books against positions).

Runs within a sync, after the list was booked. Two reads of positions 60 s apart must agree, the second
between two lists that show our orders in it alike; a failed or empty answer concludes nothing (I-06).
What is then missing is flagged on its trades, which clamps their exits; `outside_sales` finds the price.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList, Position
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import Holding, Seen, is_on_positions, who_lost
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.next_step import working_exits
from chalicelib.domain.trading.orders import UNSETTLED, Duration, Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.books.account_short import (
    end_short,
    just_ended,
    lacking_without_a_trade,
    tell_short,
)
from chalicelib.services.sync.books.early_assignment import book_assigned
from chalicelib.services.sync.books.missing_legs import held_of, note_missing
from chalicelib.store.accounts.broker_accounts import save_seen
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.errors import VendorError

#: The question that stands while something is missing of a trade.
MISSING: Final = "position_missing"
_MORE_HELD: Final = "more_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of it: `in_doubt` are contracts of which nobody may say now that the account holds them.

    `growing` are those of which more may lack than is flagged: what sold which part is settled together.
    """

    flagged: frozenset[UUID] = frozenset()
    in_doubt: frozenset[str] = frozenset()
    growing: frozenset[str] = frozenset()


def check_books(
    look: AccountRound, listed: OrderList, seen: Seen, stood: Sequence[Stood], *, at_once: bool
) -> Looked:
    """Read positions if that is due (`at_once`: in any case) and act on what was seen twice."""
    now = look.keeper.env.clock.now()
    held = [one for one in stood if _is_comparable(one.trade, new_york_date(now))]
    can = look.keeper.broker.capabilities
    ended = just_ended(stood, new_york_date(now))
    symbols = (
        ended
        | lacking_without_a_trade(seen, stood)
        | {leg.symbol for one in held for leg in one.trade.legs if _is_still_there(leg, one.trade, now)}
    )
    growing = seen.growing & symbols  # of what is compared no more nothing else comes to light
    if not can.is_outside or not symbols or not (at_once or ended or seen.is_due(now)):
        return Looked(growing=growing)
    try:
        positions = look.keeper.broker.positions()
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return Looked(in_doubt=symbols, growing=growing)
    if held and not positions and not listed.orders and can.may_be_reset:
        # Perhaps a reset, and its own subject: `broker_reset`.
        return Looked(in_doubt=symbols, growing=growing)
    return _Comparison(look, listed, seen, stood, now).of(positions, symbols)


def _is_comparable(trade: Trade, today: date) -> bool:
    """Say whether positions tell anything of a trade."""
    return trade.open_qty > 0 and is_on_positions(trade, today)


def _is_still_there(leg: Leg, trade: Trade, now: datetime) -> bool:
    """Say whether positions tell anything of a leg: what was settled today goes over night."""
    today = new_york_date(now)
    return leg.expiry is None or leg.expiry > today or leg.held(trade.open_qty) > 0


class _Comparison:
    """One read of positions against the books as they stand."""

    def __init__(
        self, look: AccountRound, listed: OrderList, seen: Seen, stood: Sequence[Stood], now: datetime
    ) -> None:
        self._look = look
        self._listed = listed
        self._before = seen
        self._stood = stood
        self._now = now

    def of(self, positions: Sequence[Position], symbols: frozenset[str]) -> Looked:
        """Compare, remember, and act on what is believed by now."""
        unsure = frozenset(symbol for symbol in symbols if self._is_unsure(symbol))
        off = self._differences(positions, symbols - unsure)
        kept = {symbol: one for symbol, one in self._before.differences.items() if symbol in unsure}
        seen = self._before.after(off, self._now)
        # What could not be compared is compared as soon as its orders are settled.
        seen = Seen(read_at=None if unsure else seen.read_at, differences={**seen.differences, **kept})
        believed = {
            symbol: quantity
            for symbol, quantity in {**self._borne_now(seen), **seen.believed(self._now)}.items()
            if symbol in off
        }
        if believed:
            believed = self._still_so(believed)
        if believed or seen.differences != self._before.differences:
            self._look.wrote = True
        flagged: list[UUID] = []

        def act(connection: Connection) -> Seen:
            flagged.clear()
            went = book_assigned(self._look, connection, self._listed, positions, self._stood, believed)
            rest = {symbol: off for symbol, off in believed.items() if symbol not in went}
            beyond = {symbol: off[symbol] - one for symbol, one in rest.items()}
            known = replace(seen.without(went), read_at=None) if went else seen  # the books have moved
            after = self._act(connection, known, rest, beyond, flagged)
            save_seen(connection, self._look.account, after)
            return after

        after: Seen = self._look.keeper.write(act)
        lacking = {symbol for symbol, one in after.differences.items() if one.off < 0}
        # An order whose fate is open may explain what is lacked; it does not bring it back.
        lacking |= {symbol for symbol, one in self._differences(positions, unsure).items() if one < 0}
        return Looked(flagged=frozenset(flagged), in_doubt=frozenset(lacking), growing=after.growing)

    def _is_unsure(self, symbol: str) -> bool:
        """Say whether an order of ours in this contract could explain anything, or shares are under way."""
        today = new_york_date(self._now)
        shown = {order.broker_order_id for order in self._listed.orders}
        for one in self._of(symbol):
            opened = one.trade.entry_date
            delivered = any(
                leg.symbol == symbol and leg.instrument is Instrument.EQUITY for leg in one.trade.legs
            )
            settled = any(leg.expiry == today and leg.apart_qty == 0 for leg in one.trade.legs)
            if delivered and (settled or (opened is not None and new_york_date(opened) == today)):
                return True  # delivered by exercise: brokers book it over night
            if any(order.status in UNSETTLED or _is_hidden(order, shown) for order in one.orders):
                return True
        return False

    def _differences(self, positions: Sequence[Position], symbols: Iterable[str]) -> dict[str, Decimal]:
        """Return by contract what is held beyond what our trades explain, less what was found missing.

        Counted the way our trades of it are held together: shares short of which the account has too few are
        missing like any other.
        """
        found = {}
        for symbol in symbols:
            held = sum((one.quantity for one in positions if one.symbol == symbol), ZERO)
            trades = [one.trade for one in self._of(symbol)]
            explained = sum((one.position_in(symbol) for one in trades), ZERO)
            off = (held - explained) * (-1 if explained < 0 else 1)
            # What is held without a trade of ours is its owner's business, what is lacked was one's. Coins
            # are their owner's beside ours in any case: of more than ours only what was missing counts.
            most = ZERO
            if trades:
                missing = sum((one.missing_of(one.leg_of(symbol)) for one in trades), ZERO)
                most = missing if self._look.account.holds_coins else off
            found[symbol] = _in_lots(min(off, most), trades[0].leg_of(symbol).lot if trades else ZERO)
        return found

    def _of(self, symbol: str) -> list[Stood]:
        return [one for one in self._stood if not one.trade.is_ended and symbol in one.trade.symbols]

    def _still_so(self, believed: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Leave out contracts in which our orders moved while positions were read: they may explain it."""
        try:
            again = self._look.keeper.broker.list_orders()
        except VendorError as error:
            self._look.report.trade_errors.append(error.reason)
            return {}
        return {
            symbol: off
            for symbol, off in believed.items()
            if self._shown_of(symbol, self._listed) == self._shown_of(symbol, again)
        }

    def _shown_of(self, symbol: str, listed: OrderList) -> set[tuple[object, ...]]:
        tags = {order.tag for one in self._of(symbol) for order in one.orders}
        return {
            (leg.broker_order_id, leg.status, leg.filled_quantity)
            for order in listed.orders
            if order.tag in tags
            for leg in (order.alternatives or (order,))
        }

    def _act(
        self,
        connection: Connection,
        seen: Seen,
        believed: Mapping[str, Decimal],
        also: Mapping[str, Decimal],
        flagged: list[UUID],
    ) -> Seen:
        """Act on what is believed; `also` is what this read alone shows beyond it."""
        for symbol, off in sorted(believed.items()):
            if off < 0:
                lost = self._flag(connection, symbol, -off)
                flagged += lost
                beyond = -off - sum(lost.values(), ZERO)
                if beyond > 0:
                    tell_short(self._look, connection, symbol, beyond)
                seen = seen.acted_on(symbol, also[symbol], self._now) if lost else seen.told([symbol])
            elif self._was_flagged(symbol):
                self._unflag(connection, symbol, off)
                seen = seen.acted_on(symbol, also[symbol], self._now)
            else:
                self._tell_more(connection, symbol, off)
                seen = seen.told([symbol])
        for symbol, one in self._before.differences.items():
            if not one.is_told or symbol in seen.differences:
                continue
            if one.off <= 0:
                end_short(self._look, connection, symbol)
            else:
                topic = f"{self._look.account.account_id}:{symbol}"
                resolve_alert(connection, self._look.keeper.username, kind=_MORE_HELD, topic=topic)
        return seen

    def _borne_now(self, seen: Seen) -> dict[str, Decimal]:
        """Return what was told to be nobody's, of which a trade that came later holds something."""
        return {
            symbol: one.off
            for symbol, one in seen.differences.items()
            if one.off < 0 and one.is_told and any(held_of(own.trade, symbol) > 0 for own in self._of(symbol))
        }

    def _flag(self, connection: Connection, symbol: str, missing: Decimal) -> dict[UUID, Decimal]:
        """Clamp the exits of the trades that lost it; their protection is tried anew for what is left."""
        holdings = [
            Holding(
                trade_id=one.trade.id,
                quantity=held_of(one.trade, symbol),
                covered=working_exits(one.orders, one.trade.side) * one.trade.leg_of(symbol).ratio,
            )
            for one in sorted(self._of(symbol), key=Stood.holds_since)
        ]
        lost = who_lost(holdings, missing)
        for trade_id, quantity in lost.items():
            trade = load_trade(connection, trade_id, lock=True)
            assert trade is not None
            leg = trade.leg_of(symbol)
            missing = min(trade.missing_of(leg) + quantity, leg.held(trade.open_qty))
            lacking: TradeFacts = {"protection_failures": 0, "protection_tried_at": None}
            note_missing(connection, trade, leg, missing, self._now, lacking)
        return lost

    def _was_flagged(self, symbol: str) -> bool:
        return any(one.trade.missing_of(one.trade.leg_of(symbol)) > 0 for one in self._of(symbol))

    def _unflag(self, connection: Connection, symbol: str, found: Decimal) -> None:
        """Take back what was flagged: the account holds it after all."""
        for one in sorted(self._of(symbol), key=Stood.holds_since, reverse=True):
            share = min(one.trade.missing_of(one.trade.leg_of(symbol)), found)
            trade = load_trade(connection, one.trade.id, lock=True) if share > 0 else None
            if trade is None or trade.is_ended:
                continue
            found -= share
            leg = trade.leg_of(symbol)
            now_held = note_missing(connection, trade, leg, trade.missing_of(leg) - share, self._now, {})
            if now_held.missing_qty == 0:
                resolve_alert(connection, trade.username, kind=MISSING, trade_id=trade.id)

    def _tell_more(self, connection: Connection, symbol: str, off: Decimal) -> None:
        raise_alert(
            self._look.keeper.env,
            connection,
            self._look.keeper.username,
            severity=Severity.INFO,
            kind=_MORE_HELD,
            message=f"The account holds {off.normalize():f} of {symbol} more than the trades here explain.",
            lasting=True,
            topic=f"{self._look.account.account_id}:{symbol}",
        )


def _is_hidden(order: Order, shown: set[str]) -> bool:
    """Say whether an order works that the list lacks; one good till cancelled may be hidden for days."""
    if not order.is_live or order.listed_id in shown:
        return False
    return order.duration is not Duration.GTC or order.missed_at is None


def _in_lots(off: Decimal, lot: Decimal) -> Decimal:
    """Return a difference in whole lots: a part of one may lack of a coin, and its rest sells nowhere."""
    return (off / lot).to_integral_value(ROUND_FLOOR) * lot if lot else off
