"""Judge an entry that waited for the session anew before it is sent (A-07, 4)."""

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.analysis.order_book import order_book_of
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import stopping
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.people import UserState
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.limits import Exposure, breaches
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.commands.check_switch import why_stopped
from chalicelib.services.commands.chosen_mode import not_connected
from chalicelib.services.commands.coins import find_entry
from chalicelib.services.commands.listed import Listed, chain_reader
from chalicelib.services.commands.open_trade import limits_of
from chalicelib.services.commands.validate import check_against_entry
from chalicelib.services.environment import Environment
from chalicelib.services.errors import ServiceError
from chalicelib.store.analysis.capsules import save_order_book
from chalicelib.store.desk.door import read_at_the_door
from chalicelib.store.trades.exposure import exposure
from chalicelib.store.users import settings

#: A market order asked for overnight is not sent at an ask this much above the one seen then.
ASK_RISE_MAX: Final = Decimal("1.10")


class Revalidation:
    """Says why a waiting entry may no longer be sent."""

    def __init__(self, env: Environment, calendar: MarketCalendar) -> None:
        self._env = env
        self._calendar = calendar

    def refusal(self, trade: Trade) -> str | None:
        """Return the reason not to send, None to send."""
        command = PlaceTrade(
            ticker=trade.ticker,
            legs=tuple(_wanted(leg) for leg in trade.legs),
            order_type=trade.order_type,
            qty=trade.qty,
            limit_price=trade.limit_price,
            sl_price=trade.sl_price,
            tp_price=trade.tp_price,
        )
        try:
            reader = chain_reader(self._env, trade.username, Purpose.MARKS)
            listed = find_entry(self._env, command, self._calendar, reader)
        except ServiceError as error:
            return str(error)
        self._keep_order_book(trade, listed)
        return self._market_refusal(trade, command, listed) or self._limit_refusal(trade)

    def _keep_order_book(self, trade: Trade, listed: Listed) -> None:
        """Keep what is seen as the order goes out, in place of what was seen when it was asked for (A-08)."""
        seen = order_book_of(listed.terms, listed.quotes)
        now = self._env.clock.now()
        self._env.database.run(
            lambda connection: save_order_book(connection, trade.id, seen, now), username=trade.username
        )

    def _market_refusal(self, trade: Trade, command: PlaceTrade, listed: Listed) -> str | None:
        if trade.order_type is not OrderType.MARKET:
            return None
        ask = listed.ask
        if not listed.usable or not ask:
            return f"no usable quote: {listed.fault or 'no ask'}"
        is_long = trade.side is LegSide.LONG
        if is_long and trade.asked_price is not None and ask > trade.asked_price * ASK_RISE_MAX:
            return f"the ask rose from {trade.asked_price.normalize():f} to {ask.normalize():f}"
        errors = check_against_entry(command, listed)
        return errors[0].message if errors else None

    def _limit_refusal(self, trade: Trade) -> str | None:
        """Count the limits anew: this trade is among the open ones since it was asked for."""

        def read(connection: Connection) -> str | None:
            rules = settings.read(connection, trade.username)
            if rules is None:
                return "its owner has no settings"
            if rules.state is not UserState.ACTIVE:
                return "its owner's account was ended"
            off = not_connected(rules, trade.broker_mode)
            if off is not None:
                return off
            door = read_at_the_door(connection, trade.username)
            row = stopping(door.rows, trade.originator)
            if row is not None:
                return why_stopped(row)
            now = exposure(
                connection,
                trade.username,
                trade.broker_mode,
                self._env.clock.now(),
                of_coins=trade.account.holds_coins,
            )
            without = Exposure(
                open_positions=now.open_positions - 1, heat=now.heat, realized_today=now.realized_today
            )
            passed = next(iter(breaches(without, limits_of(rules, door.max_daily_loss), Decimal(0))), None)
            return None if passed is None else f"the limit {passed.limit} of {passed.allowed} is passed"

        return self._env.database.run(read, username=trade.username)


def _wanted(leg: Leg) -> WantedLeg:
    root = None if leg.expiry is None else OptionContract.parse_occ(leg.symbol).root
    return WantedLeg(
        side=leg.side,
        ratio=leg.ratio,
        instrument=leg.instrument,
        option_type=leg.option_type,
        strike=leg.strike,
        expiry=leg.expiry,
        root=root,
    )
