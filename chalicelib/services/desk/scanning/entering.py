"""What a scan decided to enter goes through the one door, one entry after the other in each account (B-05).

What is refused there, or fails, is stored as a block of its strategy; the next scan judges it anew.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.desk.pipeline.plan import ProposedLeg, ProposedOrder
from chalicelib.domain.desk.strategies.strategy import DeskMode, Strategy
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Originator
from chalicelib.domain.trading.walk import EntryWalk
from chalicelib.observability.facts import user_fact
from chalicelib.services.commands.desk_ticket import DeskTicket
from chalicelib.services.commands.originate import enter
from chalicelib.services.desk.risk.risk_book import keep_before_order
from chalicelib.services.desk.scanning.judging import Block
from chalicelib.services.desk.scanning.scan_rows import Entering, Scanned, new_blocks
from chalicelib.services.environment import Environment
from chalicelib.services.errors import RiskLimitReached, ServiceError
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.database import Isolation
from chalicelib.store.desk.evaluations import write_blocks

_LOG: Final = logging.getLogger("papertape.desk")
REFUSED: Final = "refused"
ENTRY_FAILED: Final = "entry_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry to make, and the account that it goes to."""

    account: AccountRef
    entering: Entering


def enter_all(env: Environment, scan: Scanned, entries: Sequence[Entry]) -> int:
    """Make these entries, accounts side by side; returns how many trades that made."""
    by_account: dict[AccountRef, list[Entering]] = {}
    for one in entries:
        by_account.setdefault(one.account, []).append(one.entering)
    tasks = [partial(_enter_in_turn, env, scan, account, wanted) for account, wanted in by_account.items()]
    return sum(env.side_by_side.each(tasks))


def _enter_in_turn(env: Environment, scan: Scanned, account: AccountRef, wanted: Sequence[Entering]) -> int:
    return sum(_enter(env, scan, account, one) for one in wanted)


def _enter(env: Environment, scan: Scanned, account: AccountRef, entering: Entering) -> bool:
    strategy = entering.strategy
    assert entering.evaluation.order is not None, "what enters has an order"
    try:
        keep_before_order(env, account)
        enter(
            env,
            entering.username,
            Originator.DESK,
            str(strategy.id),
            command_of(strategy, entering.evaluation.order, account),
            f"desk_scan {scan.scan_id} {strategy.id}",
            ticket=DeskTicket(evaluation_id=entering.evaluation_id, strategy=strategy),
            is_shadowed=strategy.mode is DeskMode.SHADOW and not account.mode.is_simulated,
        )
    except ServiceError as error:
        cause = error.limit if isinstance(error, RiskLimitReached) else REFUSED
        block(env, scan, entering, cause, str(error))
        return False
    except Exception as error:  # noqa: BLE001  # a defect met in one entry leaves no other strategy out
        whose = {"user": user_fact(entering.username), "strategy": str(strategy.id)}
        _LOG.exception("an entry failed", extra=whose)
        block(env, scan, entering, ENTRY_FAILED, type(error).__name__)
        return False
    return True


def block(env: Environment, scan: Scanned, entering: Entering, cause: str, reason: str) -> None:
    """Store why what was decided was not done; a defect is told at once."""
    since = new_york_midnight(new_york_date(scan.at))
    blocked = Block(strategy_id=entering.strategy.id, cause=cause, reason=reason, since=since)

    def write(connection: Connection) -> None:
        rows = list(new_blocks(env, scan.at, entering.username, [blocked]))
        write_blocks(connection, scan.scan_id, scan.at, rows)
        if cause == ENTRY_FAILED:
            raise_alert(
                env,
                connection,
                entering.username,
                severity=Severity.CRITICAL,
                kind=ENTRY_FAILED,
                message=f"{entering.strategy.name} decided to enter and could not: {reason}.",
            )

    env.database.run(write, username=entering.username, isolation=Isolation.READ_COMMITTED)


def command_of(strategy: Strategy, order: ProposedOrder, account: AccountRef) -> PlaceTrade:
    """Return what is asked for: a limit at the order's first price that walks to its worst."""
    return PlaceTrade(
        ticker=strategy.underlying,
        legs=tuple(_wanted(leg) for leg in order.legs),
        order_type=OrderType.LIMIT,
        qty=Decimal(order.qty),
        limit_price=order.limit_price,
        strategy=strategy.name,
        broker_mode=account.mode,
        walk=EntryWalk(worst=order.worst, step=order.step),
    )


def _wanted(leg: ProposedLeg) -> WantedLeg:
    contract = OptionContract.parse_occ(leg.symbol)
    return WantedLeg(
        side=leg.side,
        ratio=leg.ratio,
        option_type=contract.option_type,
        strike=contract.strike,
        expiry=contract.expiry,
        root=contract.root,
    )
