"""One scan of the desk (B-02): every due strategy of many users judged on one look at the market.

Decide, store, stop, enter: evaluations are committed first, then what the scan saw trips or lifts the kill
switch, and only then does what may still enter go through the one door. A kill between any two leaves
decisions that nobody acts on, and the next scan judges anew.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import SwitchCause, SwitchRow, read_rows, stopping
from chalicelib.domain.desk.kill_switch.tripping import ScanFacts, after_scan
from chalicelib.domain.desk.regimes import Regime
from chalicelib.domain.desk.scan_ids import scan_id_of
from chalicelib.domain.trading.trades import Actor, Originator
from chalicelib.observability.facts import user_fact
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import Gathered, Wanted, wanted_by
from chalicelib.services.desk.scanning.account_facts import read_accounts
from chalicelib.services.desk.scanning.judging import Judged, judge_desk
from chalicelib.services.desk.scanning.scan_rows import Entering, Scanned, regimes_in, store_scan
from chalicelib.services.desk.scanning.scanned_desks import Desk
from chalicelib.services.desk.switch.scan_switch import apply_scan
from chalicelib.services.environment import Environment
from chalicelib.store.database import DatabaseUnavailable, Isolation
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.desk")
NAME: Final = "desk_scan"
#: What has not been said by then is not known; the next minute asks again.
VENDORS_SECONDS_MAX: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What a scan came to, over all its users; counts of strategies, `entered` of trades."""

    users: int = 0
    strategies: int = 0
    entered: int = 0
    rejected: int = 0
    blocked: int = 0
    failed: int = 0


def scan_desks(
    env: Environment, due_at: datetime, calendar: MarketCalendar, all_desks: Sequence[Desk]
) -> ScanReport:
    """Scan these desks for the instant `due_at`; raises DatabaseUnavailable.

    Of one with nothing due it is only noted that it was looked at.
    """
    scan_id = scan_id_of(NAME, due_at)
    desks = [one for one in all_desks if one.is_at_work]
    idle = [one.username for one in all_desks if not one.is_at_work]
    if not desks:
        _store(env, Scanned(scan_id=scan_id, at=due_at, judged=(), quiet={}, idle=idle), ())
        return ScanReport(users=len(idle))
    deadline = Deadline(env.clock, seconds=VENDORS_SECONDS_MAX)
    wanted = wanted_by((desk.username, one) for desk in desks for one in desk.strategies)
    market = _market(env, wanted, deadline)
    accounts = read_accounts(env, desks, list(_to_ask(desks)), calendar, deadline)
    judged = [judge_desk(desk, market, accounts) for desk in desks]
    facts = {one.desk.username: one.facts(due_at, market, accounts) for one in judged}
    updates = {one.username: after_scan(one.rows, one.watch, facts[one.username], calendar) for one in desks}
    quiet = {
        desk.username: updates[desk.username].watch
        for desk in desks
        if updates[desk.username].rows == desk.rows
    }
    scan = Scanned(scan_id=scan_id, at=due_at, judged=judged, quiet=quiet, idle=idle)
    entering = _store(env, scan, regimes_in(market))
    rows = {desk.username: desk.rows for desk in desks}
    for desk in desks:
        if desk.username not in quiet:
            rows[desk.username] = _switch(env, desk.username, facts[desk.username], calendar)
    entered = _enter(env, scan, entering, rows) if entering else 0
    return _report(judged, entered, users=len(all_desks))


def _market(env: Environment, wanted: Sequence[Wanted], deadline: Deadline) -> Gathered:
    """Gather the market; one whose quotes a defect meets is left out, and fails its own strategies alone."""
    try:
        return gather(env, wanted, deadline=deadline)
    except DatabaseUnavailable:
        raise
    except Exception:
        if len(wanted) < 2:
            raise
        _LOG.exception("the market could not be gathered whole")
    return _gathered_apart(env, wanted, deadline)


def _gathered_apart(env: Environment, wanted: Sequence[Wanted], deadline: Deadline) -> Gathered:
    found: list[Gathered] = []
    for one in wanted:
        try:
            found.append(gather(env, [one], deadline=deadline))
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001  # a defect met in one underlying leaves no other unscanned
            _LOG.exception("an underlying could not be gathered", extra={"underlying": one.underlying})
    if not found:
        raise RuntimeError("no underlying could be gathered")
    return replace(found[0], underlyings={name: it for one in found for name, it in one.underlyings.items()})


def _to_ask(desks: Sequence[Desk]) -> Iterator[AccountRef]:
    """Yield the accounts that are asked: of who may enter, and of whose broker was out of reach."""
    for desk in desks:
        causes = {row.cause for row in desk.rows}
        if not causes or SwitchCause.MISSING_DATA in causes:
            yield from desk.accounts()


def _store(env: Environment, scan: Scanned, regimes: Sequence[Regime]) -> list[Entering]:
    """Store all in one transaction; where one user's rows are refused, each user's in one of its own."""

    def write(part: Scanned, connection: Connection) -> list[Entering]:
        return store_scan(env, connection, part, regimes)

    try:
        return _as_nobody(env, partial(write, scan))
    except DBAPIError:
        _LOG.exception("a scan could not be stored whole")
    stored: list[Entering] = []
    for one in scan.judged:
        try:
            stored += _as_nobody(env, partial(write, replace(scan, judged=[one], idle=())))
        except DBAPIError:
            _LOG.exception("a user's scan was not stored", extra={"user": user_fact(one.desk.username)})
    return stored


def _as_nobody(env: Environment, write: Callable[[Connection], list[Entering]]) -> list[Entering]:
    return env.database.run(write, username=None, isolation=Isolation.READ_COMMITTED)


def _switch(
    env: Environment, username: str, facts: ScanFacts, calendar: MarketCalendar
) -> tuple[SwitchRow, ...]:
    """Trip or lift a user's switch, and return what is in force; what cannot be stored counts as set."""
    try:
        update = env.database.run(
            lambda connection: apply_scan(env, connection, username, facts, calendar),
            username=username,
            isolation=Isolation.READ_COMMITTED,
        )
    except DBAPIError:
        _LOG.exception("a switch could not be stored", extra={"user": user_fact(username)})
        return read_rows(None)
    if update.tripped:
        # The way of orders is long to import, and few scans trip or enter anything.
        from chalicelib.services.desk.switch.enforce_switch import enforce, or_left_to_the_round

        or_left_to_the_round(lambda: enforce(env, username, Actor.SYSTEM))
    return update.rows


def _enter(
    env: Environment,
    scan: Scanned,
    entering: Sequence[Entering],
    rows: Mapping[str, Sequence[SwitchRow]],
) -> int:
    """Enter what still may, and return how many did; the rest is blocked by what this very scan found."""
    from chalicelib.services.desk.scanning.entering import Entry, block, enter_all

    desks = {one.desk.username: one.desk for one in scan.judged}
    allowed: list[Entry] = []
    for one in entering:
        row = stopping(rows[one.username], Originator.DESK)
        account = desks[one.username].account_of(one.strategy)
        assert account is not None, "what is not connected is not evaluated"
        if row is None:
            allowed.append(Entry(account=account, entering=one))
        else:
            block(env, scan, one, row.cause.value, f"{row.mode.value}: {row.detail}")
    return enter_all(env, scan, allowed)


def _report(judged: Sequence[Judged], entered: int, *, users: int) -> ScanReport:
    evaluated = [found for one in judged for _, found in one.evaluations]
    return ScanReport(
        users=users,
        strategies=sum(len(one.desk.strategies) for one in judged),
        entered=entered,
        rejected=sum(found.order is None for found in evaluated),
        blocked=sum(len({block.strategy_id for block in one.blocks}) for one in judged),
        failed=sum(len(one.failures) for one in judged),
    )
