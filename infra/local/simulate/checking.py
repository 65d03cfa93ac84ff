"""The looks of one run at the invariants: after every step that wrote something, and at rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Final
from uuid import UUID

from sqlalchemy import text

from infra.local.emulators.market.sessions import new_york_date, open_session
from infra.local.invariants import Memory, check_at_rest, check_step
from infra.local.invariants.brackets import is_covered, protection_is_due
from infra.local.invariants.findings import Findings
from infra.local.invariants.times import ENDED
from infra.local.invariants.view import View
from infra.local.simulate.live_switch import check_no_entry_while_off
from infra.local.simulate.people import Person
from infra.local.simulate.stage import Stage

#: I-11: told by the second complete sync; the third finds it told.
SYNCS_UNTOLD_MAX: Final = 2
#: What tells an owner that a trade is bare, until it is resolved.
_TELLING: Final = frozenset(
    {"position_missing", "unprotected", "protection_refused", "close_failed", "both_exits_filled"}
)
#: Tells of all trades of a wiped account at once.
_OF_ACCOUNT: Final = "broker_reset"
#: A tick may come 30 s late, and its vendor's answer some seconds after that.
LATENESS_MAX: Final = timedelta(seconds=75)
PRICES_SAMPLED_EVERY: Final = 3
_TABLES_OF_USERS: Final = (
    "paper_trades",
    "orders",
    "fills",
    "price_snapshots",
    "user_settings",
    "connections",
    "alerts",
)
_OTHERS: Final = text(
    " union all ".join(
        f"select count(*) from {table} where username <> :username"  # noqa: S608  # names of this module
        for table in _TABLES_OF_USERS
    )
)
_NEVER: Final = timedelta(days=365)


@dataclass(slots=True)
class Checker:
    """Looks at a stage, and keeps what was found."""

    stage: Stage
    people: Sequence[Person]
    findings: Findings
    memory: Memory = field(default_factory=Memory)
    looks: int = 0
    rests: int = 0
    view: View | None = None
    _bare: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory.bare.patience = _NEVER  # syncs fail on purpose here: complete ones are counted instead

    def after_step(self) -> None:
        """Look, if something was written since the last look."""
        if self.stage.work.wrote:
            self.look()

    def look(self) -> None:
        """Check what must hold at any moment."""
        self.stage.work.wrote = False
        self.looks += 1
        self.stage.world.catch_up()
        view = self.view = self.stage.reader.read(self.stage.engine.now())
        self.findings.add([check_step(view, self.memory)])
        self._check_limits(view)

    def after_complete_sync(self) -> None:
        """Count a sync that reached every account for each trade that is bare (I-11)."""
        self.look()
        view = self.view
        assert view is not None
        is_open, today = open_session(view.now) is not None, new_york_date(view.now)
        bare = {}
        for trade in view.trades.values():
            is_over = trade.expiry is not None and trade.expiry < today  # it waits for its settlement
            if (
                ((is_open and not is_over) or trade.is_coin)
                and protection_is_due(trade)
                and not is_covered(view, trade)
            ):
                bare[trade.id] = self._bare.get(trade.id, 0) + 1
                told = any(
                    (alert.resolved_at is None and (alert.trade_id == trade.id and alert.kind in _TELLING))
                    or (alert.username == trade.username and alert.kind == _OF_ACCOUNT)
                    for alert in view.alerts
                )
                words = f"{trade.ticker} was bare at {bare[trade.id]} complete syncs and nobody was told"
                self.findings.check(11, told or bare[trade.id] <= SYNCS_UNTOLD_MAX, words, trade.id)
        self._bare = bare

    def at_rest(self) -> View:
        """Check what must hold once faults have stopped and two syncs have run; return what was seen."""
        self.rests += 1
        self.stage.work.wrote = False
        self.stage.world.catch_up()
        read = self.stage.reader.read(self.stage.engine.now(), snapshots=True)
        view = self.view = replace(read, lateness_max=LATENESS_MAX, prices_sampled_every=PRICES_SAMPLED_EVERY)
        self.findings.add([check_step(view, self.memory), check_at_rest(view)])
        self._check_limits(view)
        self._check_intents(view)
        self._check_bookends(view)
        self._check_isolation()
        for person in self.people:
            check_no_entry_while_off(view, person.name, person.live_off, self.findings)
        return view

    def _check_isolation(self) -> None:
        """I-21 as the database itself shows it: nothing without a user, and nobody else's with one."""
        database = self.stage.container.api_environment().database
        for name in (None, *(person.name for person in self.people)):
            with database.transaction(name) as connection:
                seen = sum(connection.execute(_OTHERS, {"username": name or ""}).scalars())
            self.findings.check(21, seen == 0, f"{name or 'nobody'} sees {seen} rows of others")

    def _check_limits(self, view: View) -> None:
        """I-24, by kinds of money: no position too many, no entry after the day's loss is spent."""
        for person, mode in product(self.people, sorted({one.broker_mode for one in view.trades.values()})):
            own = [
                trade
                for trade in view.trades.values()
                if (trade.username, trade.broker_mode) == (person.name, mode)
            ]
            live = [trade for trade in own if trade.status not in ENDED]
            allowed = person.limits.max_positions
            words = f"{person.name} has {len(live)} of {allowed} positions at {mode}"
            self.findings.check(24, len(live) <= allowed, words)
            booked = {
                trade.id: at
                for trade in own
                if trade.realized_pnl is not None and (at := _ended_at(view, trade.id)) is not None
            }
            for trade in own:
                lost = -sum(
                    other.realized_pnl or 0
                    for other in own
                    if (at := booked.get(other.id)) is not None
                    and at < trade.created_at
                    and other.close_date is not None
                    and new_york_date(other.close_date) == new_york_date(trade.created_at)
                )
                words = f"{person.name} entered {trade.ticker} after losing {lost}"
                self.findings.check(24, lost < person.limits.daily_loss_limit, words, trade.id)

    def _check_intents(self, view: View) -> None:
        """I-01: one ticket of a person, sent however often, was placed at most once."""
        placed: dict[str, int] = {}
        for trade in view.trades.values():
            label = str((trade.trade_context or {}).get("label"))
            sent = any(order.broker_order_id is not None for order in view.orders.get(trade.id, ()))
            placed[label] = placed.get(label, 0) + (sent or trade.filled_qty > 0)
        placed.pop("None", None)
        for label, count in placed.items():
            self.findings.check(1, count <= 1, f"the ticket {label} was placed {count} times")

    def _check_bookends(self, view: View) -> None:
        """I-18, I-20: a bookend and an instant leave one row each, however often their job ran."""
        for trade_id, shots in view.snapshots.items():
            ends = [
                (s.leg_no, s.kind, new_york_date(s.timestamp)) for s in shots if s.kind.endswith("_MARKET")
            ]
            self.findings.check(
                18, len(ends) == len(set(ends)), "two bookends of one kind on a day", trade_id
            )
            instants = [(s.leg_no, s.timestamp) for s in shots if s.kind == "INTRADAY"]
            words = "two snapshots of one instant"
            self.findings.check(20, len(instants) == len(set(instants)), words, trade_id)
        for run in view.job_runs:
            self.findings.check(20, run.attempts <= 4, f"{run.job} of {run.due_at} ran {run.attempts} times")


def _ended_at(view: View, trade_id: UUID) -> datetime | None:
    last = view.transitions.get(trade_id, ())
    return last[-1].at if last and last[-1].to_status in ENDED else None
