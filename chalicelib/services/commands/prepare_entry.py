"""What every entry goes through before it is sent, whoever asks for it (A-07, W-07)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.trades import CloseReason, Originator
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.commands.carry_on import check_room
from chalicelib.services.commands.coins import check_protectable
from chalicelib.services.commands.collateral import read_free_cash
from chalicelib.services.commands.listed import chain_reader
from chalicelib.services.commands.open_trade import Entry, account_of, open_shadow, open_trade
from chalicelib.services.commands.paused import check_reachable
from chalicelib.services.commands.ticket import Ticket
from chalicelib.services.commands.trade_changes import Requested
from chalicelib.services.commands.validate import check_broker, validate
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import BrokerRefused
from chalicelib.services.lifecycle.stood import Stood, stand
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.raise_alert import alert_unreadable_credentials
from chalicelib.services.reading import trade_view
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Isolation
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.trades.new_trades import find_placed, give_key_back
from chalicelib.store.trades.orders import orders_ahead
from chalicelib.store.trades.trade_changes import changes_ahead
from chalicelib.store.trades.trades import load_trade, trade_ahead
from chalicelib.store.users import settings
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An entry as it is asked for, and by whom: `originator_id` names the strategy or the trader.

    `is_shadowed`: it is carried out on paper as well (B-11).
    """

    username: str
    command: PlaceTrade
    idempotency_key: str | None
    originator: Originator = Originator.PERSON
    originator_id: str | None = None
    ticket: Ticket | None = None
    is_shadowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An entry that was judged by the market and may be stored, with the broker that it goes to."""

    entry: Entry
    rules: UserSettings
    account: AccountRef
    broker: Broker
    calendar: MarketCalendar
    is_shadowed: bool = False


def placed_before(env: Environment, username: str, idempotency_key: str | None) -> UUID | None:
    """Find what a call with this key placed before it died: the same key never places twice.

    A trade that was surely not placed gives its key back, so that the caller may try again (api.md).
    """
    if idempotency_key is None:
        return None

    def work(connection: Connection) -> UUID | None:
        found = find_placed(connection, username, idempotency_key)
        if found is None:
            return None
        if found.close_reason is not CloseReason.NOT_PLACED:
            return found.trade_id
        give_key_back(connection, found.trade_id)
        return None

    return env.database.run(work, username=username)


def prepare(env: Environment, asked: Asked, deadline: Deadline) -> Prepared:
    """Judge an entry by calendar, chain, tick, market and what is free; nothing is stored.

    Raises Invalid, BrokerRefused where its broker's token cannot be opened, and Unavailable.
    """
    calendar, rules = _calendar_and_rules(env, asked.username)
    account = account_of(rules, asked.command)
    check_broker(account.mode, asked.command)
    broker = _broker(env, rules, account, deadline)
    check_reachable(env, broker, account)
    listed = validate(env, asked.command, calendar, chain_reader(env, asked.username, Purpose.CHANGE))
    if account.mode.is_of_coins_alone:
        check_protectable(asked.command, listed)
    check_room(broker)
    entry = Entry(
        originator=asked.originator,
        originator_id=asked.originator_id,
        command=asked.command,
        listed=listed,
        free_cash=read_free_cash(env, broker, listed, asked.command.qty),
        mark=env.tags.mark(asked.username),
        idempotency_key=asked.idempotency_key,
        ticket=asked.ticket,
    )
    return Prepared(
        entry=entry,
        rules=rules,
        account=account,
        broker=broker,
        calendar=calendar,
        is_shadowed=asked.is_shadowed,
    )


def store(env: Environment, prepared: Prepared) -> tuple[Requested, Stood]:
    """Store an entry with its intent, and return how it then stands; raises as `open_trade` does."""

    def work(connection: Connection) -> tuple[Requested, Stood]:
        trade_id = open_trade(env, connection, prepared.rules, prepared.entry)
        if prepared.is_shadowed:
            open_shadow(env, connection, prepared.rules, prepared.entry, trade_id)
        trade_ahead(connection, trade_id)
        orders_ahead(connection, [trade_id])
        changes_ahead(connection, [trade_id])
        ends_with_next(connection)
        view = trade_view.new_in(connection, trade_id)
        trade = load_trade(connection, trade_id)
        assert trade is not None, "stored above"
        return Requested(trade=trade, view=view), stand(env, connection, prepared.calendar, [trade])[0]

    username = prepared.rules.username
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _calendar_and_rules(env: Environment, username: str) -> tuple[MarketCalendar, UserSettings]:
    def read(connection: Connection) -> tuple[MarketCalendar, UserSettings]:
        closures_ahead(connection)
        rules = settings.read(connection, username)
        assert rules is not None, "a signed-in user has settings"
        return calendar_of(env, connection), rules

    return env.database.read(read, username=username)


def _broker(env: Environment, rules: UserSettings, account: AccountRef, deadline: Deadline) -> Broker:
    """Refuse before anything is stored when the broker's token cannot be opened; that blocks this user."""
    username = rules.username
    try:
        return env.brokers.broker_for(account, deadline=deadline, stored=rules)
    except CredentialsUnreadable as error:
        reason = str(error)
        env.database.run(
            lambda connection: alert_unreadable_credentials(env, connection, account), username=username
        )
        raise BrokerRefused(reason) from error
