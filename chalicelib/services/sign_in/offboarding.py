"""End what a person can do here: disabled, or removed for good (A-10, I-27, I-37).

Our own rows first: from that commit on no token, session or placement of theirs is served, whatever becomes
of the rest. Then what was asked for and has not filled is withdrawn, at the broker too; exits stay, and jobs
keep what is held protected. The sign-in account goes last. Each step can be repeated, by asking again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.people import Holder, UserState
from chalicelib.domain.structures.shapes import called, recognise
from chalicelib.domain.trading.trades import Trade
from chalicelib.security.accounts import Accounts
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.commands.withdraw_entries import ask_to_withdraw
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, ServiceError, TradesOpen, once_begun
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sign_in import people
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trades import load_trades
from chalicelib.store.turns import take_turn
from chalicelib.store.users import people as store
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who asks, and with which rights over accounts."""

    username: str
    accounts: Accounts


def disable(env: Environment, operator: Operator, name: str, *, machine_now: datetime) -> None:
    """Serve a person no more until they are enabled; raises NotFound, Invalid for oneself."""
    holder = _end(env, operator, name, UserState.DISABLED, machine_now, keeps=True)
    if holder is None or _is_of(operator.accounts, name, holder):
        operator.accounts.disable(name)


def remove(
    env: Environment, operator: Operator, name: str, *, keep_positions: bool, machine_now: datetime
) -> None:
    """Remove a person for good and free the name; raises NotFound, Invalid, TradesOpen.

    What is held stays theirs and protected, and its broker token with it; asked again when nothing is held
    any more, that goes too.
    """
    holder = _end(env, operator, name, UserState.REMOVED, machine_now, keeps=keep_positions)
    if holder is None or _is_of(operator.accounts, name, holder):
        operator.accounts.delete(name)


def enable(env: Environment, operator: Operator, name: str) -> None:
    """Serve a disabled person again; raises NotFound. Tokens stay gone, live stays off."""
    holder = people.find(env, name)
    if operator.accounts.find(name) is None:
        raise NotFound("user")
    if holder is not None:
        env.database.run(
            lambda connection: store.admit(connection, holder.username), username=holder.username
        )
    operator.accounts.enable(name)


def _end(
    env: Environment, operator: Operator, name: str, state: UserState, at: datetime, *, keeps: bool
) -> Holder | None:
    """Do what is ours; None for an account that was never here."""
    if name == operator.username:
        raise Invalid([FieldError(field="name", message="nobody ends their own account")])
    holder = people.find(env, name)
    if holder is None and operator.accounts.find(name) is None:
        raise NotFound("user")
    if holder is not None:
        bar(env, holder, state, at, keeps=keeps)
        _tell(env, operator.username, name, state, holder)
    return holder


def bar(
    env: Environment,
    holder: Holder,
    state: UserState,
    at: datetime,
    *,
    keeps: bool = True,
    erase_at: datetime | None = None,
) -> None:
    """Serve this holder no more, and withdraw what has not filled; raises TradesOpen unless it `keeps`."""
    username = holder.username
    # Once removed, nobody is disabled: their name may be another's by now.
    wanted = UserState.REMOVED if holder.state is UserState.REMOVED else state

    def work(connection: Connection) -> None:
        take_turn(connection, username)  # placements count limits in turns: what is stored by now is seen
        held = store.count_held(connection, username)
        if held and not keeps:
            raise TradesOpen(held)
        store.bar(connection, username, wanted, at, erase_at=erase_at)

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    with once_begun("Withdrawing the entries"):
        _withdraw_entries(env, username)
        if wanted is UserState.REMOVED:
            env.database.run(lambda connection: _forget(connection, username), username=username)


def _forget(connection: Connection, username: str) -> None:
    if not store.open_trades(connection, username):
        store.forget_secrets(connection, username)


def _withdraw_entries(env: Environment, username: str) -> None:
    """Ask for every cancel first, then carry them out while there is time; sync does what is left."""
    deadline = Deadline(env.clock)
    asked = [ask_to_withdraw(env, username, trade_id) for trade_id in _open(env, username)]
    for trade in asked:
        if trade is None or trade.cancel_requested_at is None:
            continue
        try:
            carry_on(env, trade, read_calendar(env), deadline)
        except ServiceError as error:
            _LOG.warning("a cancel is left to sync: %s", type(error).__name__)
            hand_over(env, trade)


def _open(env: Environment, username: str) -> list[UUID]:
    return env.database.run(lambda connection: store.open_trades(connection, username), username=username)


def _is_of(accounts: Accounts, name: str, holder: Holder) -> bool:
    """Say whether the account of this name is this holder's: it may have been made anew at the console."""
    account = accounts.find(name)
    return account is not None and account.sub == holder.sub


def _tell(env: Environment, operator: str, name: str, state: UserState, holder: Holder) -> None:
    """Name to the operator what is still held, with whether a stop guards it."""
    username = holder.username
    trades = env.database.run(
        lambda connection: load_trades(connection, store.open_trades(connection, username)), username=username
    )
    held = [trade for trade in trades if trade.open_qty > 0]
    listed = ", ".join(_named(trade) for trade in held)
    kept = f" Still held, and kept protected by jobs: {listed}." if held else " Nothing is held."
    tell(env, operator, f"{name} was {state.value.lower()}.{kept}", severe=bool(held))


def _named(trade: Trade) -> str:
    stop = "without a stop" if trade.sl_price is None else f"stop {trade.sl_price.normalize():f}"
    where = f"{trade.broker_mode.value} {trade.account_id}"
    shape = recognise([leg.terms for leg in trade.legs if leg.origin is None])
    name = called(trade.ticker, shape) if trade.is_structure else trade.symbol
    return f"{trade.open_qty.normalize():f} {name} ({stop}, {where})"


def tell(env: Environment, operator: str, message: str, *, severe: bool) -> None:
    """Raise an alert for an operator."""

    def work(connection: Connection) -> None:
        severity = Severity.WARNING if severe else Severity.INFO
        raise_alert(env, connection, operator, severity=severity, kind="user_ended", message=message)

    env.database.run(work, username=operator)
