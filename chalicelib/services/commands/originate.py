"""Enter a trade that no person asks for (W-07, B-05): as `place_trade`, without an answer to give.

What the desk or the AI trader decided goes through the same door as a person's order: validated, counted
against the same limits, stored with its intent, carried to the broker. How it came off the trade says.
"""

from uuid import UUID

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.accounts.hand_over import hand_over_accounts
from chalicelib.services.commands.carry_on import Outcome, accepted, carry_on
from chalicelib.services.commands.prepare_entry import Asked, placed_before, prepare, store
from chalicelib.services.commands.ticket import Ticket
from chalicelib.services.environment import Environment
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline


def enter(
    env: Environment,
    username: str,
    originator: Originator,
    originator_id: str,
    command: PlaceTrade,
    idempotency_key: str,
    *,
    ticket: Ticket | None = None,
    is_shadowed: bool = False,
) -> UUID:
    """Store an entry and carry it on as far as it goes now; returns its trade's id.

    With a `walk` it goes on by delayed messages. Its `ticket` is what it comes of, good for one trade. Where
    it `is_shadowed` it is stored on paper, too, in the same transaction (B-11).
    The same key never enters twice: a caller that was killed asks again and gets the same trade. Raises
    Invalid, Forbidden, RiskLimitReached, BrokerRefused and Unavailable, always before anything is stored;
    whatever becomes of it later is the trade's own state.
    """
    deadline = Deadline(env.clock)
    before = placed_before(env, username, idempotency_key)
    if before is not None:
        return before
    asked = Asked(
        username=username,
        command=command,
        idempotency_key=idempotency_key,
        originator=originator,
        originator_id=originator_id,
        ticket=ticket,
        is_shadowed=is_shadowed,
    )
    prepared = prepare(env, asked, deadline)
    requested, stored = store(env, prepared)
    trade = requested.trade

    def carry() -> Outcome:
        known = prepared.broker if trade.account == prepared.account else None
        carry_on(env, trade, prepared.calendar, deadline, broker=known, stored=stored)
        return Outcome(status=201, trade=requested.view)

    accepted(env, requested, carry)
    if is_shadowed:
        _go_on_on_paper(env, prepared.rules)
    return trade.id


def _go_on_on_paper(env: Environment, rules: UserSettings) -> None:
    """Have a shadow's order carried on by itself: the live one waits for nothing."""
    account = rules.account(BrokerMode.PAPER)
    assert account is not None, "everybody has an account on paper"
    hand_over_accounts(env, [account])
