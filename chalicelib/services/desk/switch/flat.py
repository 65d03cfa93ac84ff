"""Whether a user is flat: what each connected broker shows, and what our books still have going (B-08, I-25).

A broker that cannot be read is not flat, and neither is an account in which a trade of ours has not ended or
an order of ours may be alive: a list of orders may show its own day alone.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.desk.kill_switch.rows import Flatness, flat_together, flatness
from chalicelib.domain.trading.orders import ENDED
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.users.settings import require
from chalicelib.store.accounts.at_work import read_accounts_at_work
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError

#: Brokers have so long to answer before they count as unreadable.
LOOK_SECONDS_MAX: Final = 8.0


def look_whether_flat(env: Environment, username: str) -> Flatness:
    """Ask every account of a user, side by side, and say what is left."""
    accounts = env.database.run(lambda connection: _accounts(connection, username), username=username)
    deadline = Deadline(env.clock, LOOK_SECONDS_MAX)
    looks = [partial(_look, env, account, deadline) for account in accounts]
    return flat_together(env.side_by_side.each(looks))


def _accounts(connection: Connection, username: str) -> Sequence[AccountRef]:
    """Return the accounts that can be reached, ours among them, and those that still have work."""
    settings = require(connection, username)
    reachable = {mode for mode, one in settings.connections.items() if one.works_in is not None}
    named = {settings.account(mode) for mode in BrokerMode if mode.is_simulated or mode in reachable}
    at_work = read_accounts_at_work(connection, username)
    found = {account for account in (*named, *at_work) if account is not None}
    return sorted(found, key=lambda account: (account.mode.value, account.account_id))


def _look(env: Environment, account: AccountRef, deadline: Deadline) -> Flatness:
    try:
        broker = env.brokers.broker_for(account, deadline=deadline)
        listed = broker.list_orders()  # first: what fills meanwhile is a position by then
        # Of coins outside ours are not told from their owner's: what trades hold of them counts.
        shown = () if account.mode.is_of_coins_alone else broker.positions()
    except (VendorError, CredentialsUnreadable):
        return Flatness(flat=False, left=_held(_alive(env, account)))
    working = sum(order.status not in ENDED for order in listed.orders)
    positions = {one.symbol: one.quantity for one in shown}
    # Ours last: an entry that left during the look was in neither answer.
    return flatness(positions, working + len(_alive(env, account)))


def _alive(env: Environment, account: AccountRef) -> Sequence[Trade]:
    return env.database.run(
        lambda connection: load_live_trades(connection, account), username=account.username
    )


def _held(alive: Sequence[Trade]) -> tuple[tuple[str, Decimal], ...]:
    """Return what our books hold, where the broker does not say."""
    return tuple(
        (leg.symbol, leg.held(trade.open_qty) * leg.side.sign)
        for trade in alive
        if trade.open_qty > 0
        for leg in trade.legs
        if leg.held(trade.open_qty) > 0
    )
