"""The database goes back to an earlier instant while the brokers go on (I-33), at the end of a run.

Every row is kept before the last day and put back after it, by the server's own copy; three syncs of the next
session then run, and the brokers' own books say what came of it. What other invariants ask for cannot hold
any more: fills are told twice, versions fall, keys are free again.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import psycopg

from infra.local.emulators.market.sessions import new_york_date, session_on, trading_days
from infra.local.invariants.findings import Findings
from infra.local.invariants.truth import TruthAccount, TruthOrder
from infra.local.invariants.view import View
from infra.local.simulate.season import MINUTE, Window
from infra.local.simulate.stage import Stage, stream

#: In so many runs it happens, after the last day.
GOES_BACK: Final = 0.2
_AFTER_THE_OPEN: Final = timedelta(minutes=8)
_SYNCS: Final = 3
_TABLES: Final = """
    select c.relname, (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and not c.relispartition order by 1
"""
Superuser = psycopg.Connection[tuple[object, ...]]


class RowsKept:
    """A copy of all rows, in a schema of its own."""

    def __init__(self, superuser: Superuser) -> None:
        self._superuser = superuser
        self._tables: Sequence[tuple[str, str]] = ()

    def keep(self) -> None:
        """Keep all rows as they are now."""
        self._tables = [(str(name), str(names)) for name, names in self._superuser.execute(_TABLES)]
        statements = ["drop schema if exists before cascade", "create schema before"]
        statements += [f"create table before.{name} as table public.{name}" for name, _ in self._tables]
        self._run(statements)

    def put_back(self) -> None:
        """Put all rows back; nobody may have a transaction open."""
        names = ", ".join(f"public.{name}" for name, _ in self._tables)
        statements = ["set local session_replication_role = replica", f"truncate {names}"]
        statements += [
            f"insert into public.{name} ({columns}) select {columns} from before.{name}"  # noqa: S608
            for name, columns in self._tables
        ]
        self._run(statements)

    def _run(self, statements: Sequence[str]) -> None:
        with self._superuser.transaction():
            self._superuser.execute("set local lock_timeout = '5s'")
            for statement in statements:
                self._superuser.execute(statement.encode())


@dataclass(slots=True, kw_only=True)
class GoingBack:
    """Whether and when it happens in a run, and what must hold afterwards."""

    stage: Stage
    findings: Findings
    rows: RowsKept
    choices: random.Random
    last_day: date = date.max
    _is_on: bool = field(init=False)
    _is_kept: bool = False

    def __post_init__(self) -> None:
        self._is_on = self.choices.random() < GOES_BACK

    def before(self, window: Window) -> None:
        """Keep what is stored before the first window of the last day."""
        if self._is_on and not self._is_kept and new_york_date(window.begins_at) == self.last_day:
            self.rows.keep()
            self._is_kept = True

    def live_on(self) -> None:
        """Go back to that, and live into the next session, once everything else was checked."""
        if not self._is_kept:
            return
        stage, engine = self.stage, self.stage.engine
        protects = dict(_protecting(stage.reader.read(engine.now())))
        self.rows.put_back()
        stage.trace.note(engine.now(), "-", "operator", f"the database is as it was before {self.last_day}")
        engine.run_until(_next_open(self.last_day) + _AFTER_THE_OPEN, _nothing)
        for _ in range(_SYNCS):
            engine.run_until(engine.now() + MINUTE, _nothing)
            stage.delivery.run_calmly("sync", forced=True)
            engine.finish_actors(_nothing)
        self._forget_what_cannot_hold()
        stage.world.catch_up()
        self._check(stage.reader.read(engine.now()), protects)

    def _forget_what_cannot_hold(self) -> None:
        """A key is free again, an instant not done yet: callers and deliveries remember what no row does."""
        self.findings.violations.clear()
        self.stage.surprises[:] = [text for text in self.stage.surprises if not text.startswith("I-")]

    def _check(self, view: View, protects: Mapping[tuple[str, str], str]) -> None:
        """No tag was sent twice, and what protected a position that is still held still does."""
        for account in view.accounts.values():
            if account.mode == "PAPER":
                continue  # its books are rows, and went back with the others
            for tag, orders in account.by_tag().items():
                self.findings.check(33, not tag or len(orders) == 1, f"{tag} was sent {len(orders)} times")
            leaving = _being_changed(view, account)
            for order in account.orders:
                symbol = protects.get((account.account_id, order.order_id))
                if symbol is not None and symbol not in leaving and account.positions.get(symbol, 0) > 0:
                    text = f"order {order.order_id} protected {symbol} and was cancelled"
                    self.findings.check(33, order.status != "canceled", text)


def going_back_of(stage: Stage, seed: int, findings: Findings) -> GoingBack:
    """Choose whether it happens in a run."""
    rows = RowsKept(stage.superuser)
    return GoingBack(stage=stage, findings=findings, rows=rows, choices=stream(seed, "going back"))


def _next_open(day: date) -> datetime:
    """Return when the next session opens."""
    after = (session_on(one) for one in trading_days(day + timedelta(days=1), day + timedelta(days=12)))
    return next(session.open_at for session in after if session is not None)


def _nothing(_over: bool) -> None:
    """Look at nothing."""


def _protecting(view: View) -> Iterator[tuple[tuple[str, str], str]]:
    for account in view.accounts.values():
        for order in account.orders if account.mode != "PAPER" else ():
            if _sells(order) and account.positions.get(order.trading()[0].symbol, 0) > 0:
                yield (account.account_id, order.order_id), order.trading()[0].symbol


def _sells(order: TruthOrder) -> bool:
    legs = order.trading()
    return all(
        leg.side == "sell_to_close" and leg.type in {"stop", "limit"} and leg.is_working for leg in legs
    )


def _being_changed(view: View, account: TruthAccount) -> set[str]:
    """Return the contracts of which their owner had asked for something in the state that came back."""
    return {
        leg.symbol
        for trade in view.trades.values()
        if (trade.broker_mode, trade.account_id) == (account.mode, account.account_id)
        and (
            trade.status in {"CLOSING", "CLOSED"}
            or trade.close_requested_at is not None
            or bool(view.changes.get(trade.id))
        )
        for leg in trade.legs
    }
