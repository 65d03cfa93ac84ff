"""Where the simulation takes hold of the product: at its database and at its way to the vendors.

Both are the product's own, with a step before and after each transaction and each call: there an actor may
die, let others go on, or lose a race. The product's code is not touched.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx
import psycopg.errors
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine as SqlEngine
from sqlalchemy.exc import OperationalError

from chalicelib.store.database import ATTEMPTS_MAX, Database, DatabaseUnavailable, Isolation
from chalicelib.store.engine import open_engine
from infra.local.simulate.engine import Engine

T = TypeVar("T")
#: Written at every turn and read by no invariant that looks between two steps.
HOUSEKEEPING: Final = (
    "select take_lease",
    "select release_lease",
    "update leases",
    "insert into rate_budgets",
    "update rate_budgets",
    "insert into vendor_usage",
    "insert into contract_ids",
    "insert into job_runs",
    "update job_runs",
)

#: An account's way for orders: what it is placed, changed and cancelled by.
_ORDERS: Final = re.compile(
    r"(?:/v1/accounts/([^/]+)/orders(?:/[^/]+)?"  # Tradier
    r"|/accounts/([^/]+)/(?:complex-)?orders(?:/\d+)?"  # tastytrade
    r"|/trader/v1/accounts/([^/]+)/orders(?:/\d+)?"  # Schwab
    r"|/v1/api/iserver/account/([^/]+)/orders?(?:/\d+)?)"  # Interactive Brokers
)
#: The answer to a question of Interactive Brokers', which places an order or asks another.
_REPLY: Final = re.compile(r"/v1/api/iserver/reply/[^/]+")
_QUESTION: Final = b'"messageIds"'
#: The same at the exchange of coins, whose accounts are known by their keys.
_COIN_ORDERS: Final = frozenset({"/api/v3/order", "/api/v3/orderList", "/api/v3/orderList/oco"})
_KEY: Final = "X-MBX-APIKEY"
_PREVIEW: Final = b"preview=true"
#: What a client waits for that names no limit of its own.
_PATIENCE_MAX: Final = 60.0
#: Nobody loses each try of one transaction: most of them write nothing that another could have written.
_RACES_LOST_MAX: Final = ATTEMPTS_MAX - 1


@dataclass(slots=True)
class Work:
    """What passed the seams: counts for the report, and whether something was written since the last look."""

    statements: int = 0
    transactions: int = 0
    vendor_calls: int = 0
    races: int = 0
    wrote: bool = False
    called_inside_transaction: list[str] = field(default_factory=list)
    two_at_once: list[str] = field(default_factory=list)
    key_hosts: dict[str, str] = field(default_factory=dict)
    """The host that each key of an exchange belongs to."""
    astray: list[str] = field(default_factory=list)
    at_orders: dict[str, str] = field(default_factory=dict)
    """Who places or cancels at an account just now."""
    endpoints: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Seams:
    """The engine, and how roughly the product is handled."""

    engine: Engine
    choices: random.Random
    work: Work
    set_database_time: Callable[[], None]
    race_chance: float = 0.0
    breath_chance: float = 0.15
    #: How likely the database is away for a call, from a broker's answer to the call's end.
    gone_chance: float = 0.0
    losses: random.Random = field(default_factory=random.Random)

    def wait_for_vendor(self, seconds: float) -> None:
        """Let a slow vendor's time pass, but no more than its caller has: then the caller hangs up."""
        actor = self.engine.current()
        if actor is not None and actor.gives_up_at is not None:
            seconds = min(seconds, actor.gives_up_at - self.engine.monotonic())
        self.engine.sleep(seconds)

    def told(self, what: str) -> None:
        """Note that a broker was told, or may have been; then the database may be gone for this call."""
        actor = self.engine.current()
        if actor is not None and actor.is_call:
            actor.told_broker = what
            actor.database_is_gone = self.gone_chance > 0 and self.losses.random() < self.gone_chance

    def before_transaction(self, opens: bool) -> None:
        """Stand before a transaction."""
        actor = self.engine.current()
        if actor is not None and actor.database_is_gone:
            raise DatabaseUnavailable("the database cannot be reached")
        self.engine.point("before a transaction")
        self.engine.breathe(self.breath_chance, 0.02)
        self.work.transactions += opens
        if actor is not None:
            actor.open_transactions += 1

    def closed(self) -> None:
        """Leave a transaction, however it ended."""
        actor = self.engine.current()
        if actor is not None:
            actor.open_transactions -= 1

    def before_commit(self, isolation: Isolation) -> None:
        """Stand before a commit: the actor may die, or find that it lost a race."""
        self.engine.point("before a commit")
        actor = self.engine.current()
        if actor is None or isolation is not Isolation.REPEATABLE_READ:
            return
        if self.choices.random() < self.race_chance and actor.races_lost < _RACES_LOST_MAX:
            self.work.races += 1
            actor.races_lost += 1
            lost = psycopg.errors.SerializationFailure("a race lost by seeded choice")
            raise OperationalError("commit", None, lost)

    def after_commit(self) -> None:
        """Stand after a commit."""
        if (actor := self.engine.current()) is not None:
            actor.races_lost = 0
        self.engine.point("after a commit")
        self.engine.breathe(self.breath_chance, 0.02)


class SteppedDatabase(Database):
    """The product's database with a step around each transaction."""

    def __init__(self, engine: SqlEngine, seams: Seams) -> None:
        super().__init__(engine, seams.engine)
        self._seams = seams

    @contextmanager
    def _transaction(
        self, username: str | None, isolation: Isolation, *, waits: bool
    ) -> Iterator[Connection]:
        """Open one transaction, as the product does."""
        self._seams.before_transaction(opens=True)
        try:
            with super()._transaction(username, isolation, waits=waits) as connection:
                yield connection
                self._seams.before_commit(isolation)
        finally:
            self._seams.closed()
        self._seams.after_commit()

    def by_itself(self, work: Callable[[Connection], T]) -> T:
        """Run statements that each commit by themselves, as the product does."""
        self._seams.before_transaction(opens=True)
        try:
            self._seams.set_database_time()
            result = super().by_itself(work)
        finally:
            self._seams.closed()
        self._seams.after_commit()
        return result


class SteppedTransport(httpx.BaseTransport):
    """The way to the vendors with a step and some time before and after each call."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        seams: Seams,
        heard: Callable[[httpx.Request, bytes, datetime], None],
    ) -> None:
        """`heard` is told of each good answer to a GET: what was asked, the body, and when."""
        self._inner = inner
        self._seams = seams
        self._heard = heard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request; raises what the transport within raises."""
        self._check_key(request)
        with self._alone(request):
            return self._carry(request)

    def _check_key(self, request: httpx.Request) -> None:
        """I-29: a key of the exchange, and what it signed, goes to its own host alone."""
        work, key, host = self._seams.work, request.headers.get(_KEY), request.url.host
        is_home = work.key_hosts.get(key) == host if key else "signature" not in request.url.params
        if not is_home:
            work.astray.append(f"a key or what one signed went to {host}{request.url.path}")

    def _carry(self, request: httpx.Request) -> httpx.Response:
        engine, work = self._seams.engine, self._seams.work
        actor = engine.current()
        what = f"{request.method} {request.url.path}"
        if actor is not None and actor.open_transactions:
            work.called_inside_transaction.append(f"{actor.name}: {what}")
        engine.point(f"before {what}")
        engine.breathe(1.0, 0.2)
        work.vendor_calls += 1
        work.wrote = work.wrote or request.method != "GET"
        try:
            response = self._answer(request)
        except httpx.HTTPError as error:
            self._note(what, type(error).__name__)
            if not isinstance(error, httpx.ConnectError):  # that reached nobody
                self._tell(request, what)
            engine.point(f"after {what}")
            raise
        self._note(what, str(response.status_code))
        if response.is_success and _QUESTION not in response.read():
            self._tell(request, what)
        if request.method == "GET" and response.status_code == httpx.codes.OK:
            self._heard(request, response.read(), engine.now())
        engine.point(f"after {what}")
        engine.breathe(1.0, 0.2)
        return response

    def _tell(self, request: httpx.Request, what: str) -> None:
        is_reply = request.method == "POST" and _REPLY.fullmatch(request.url.path) is not None
        if is_reply or _account_told(request) is not None:
            self._seams.told(what)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """Pass it on; raises ReadTimeout once the caller's own limit is over, as a real client does."""
        engine = self._seams.engine
        actor = engine.current()
        if actor is None:
            return self._inner.handle_request(request)
        patience = request.extensions.get("timeout", {}).get("read") or _PATIENCE_MAX
        actor.gives_up_at = engine.monotonic() + patience
        try:
            response = self._inner.handle_request(request)
            if engine.monotonic() >= actor.gives_up_at:
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            return response
        finally:
            actor.gives_up_at = None

    @contextmanager
    def _alone(self, request: httpx.Request) -> Iterator[None]:
        """Stand at an account's orders while one is placed or cancelled; note who was there (A-13)."""
        work, actor = self._seams.work, self._seams.engine.current()
        account = _account_told(request)
        if actor is None or account is None:
            yield
            return
        before = work.at_orders.get(account)
        if before is not None:
            work.two_at_once.append(f"{before} and {actor.name} were at the orders of {account}")
        work.at_orders[account] = actor.name
        try:
            yield
        finally:
            work.at_orders.pop(account, None)

    def _note(self, what: str, outcome: str) -> None:
        engine = self._seams.engine
        actor = engine.current()
        name = "-" if actor is None else actor.name
        engine.trace.note(engine.now(), name, "vendor", f"{what} → {outcome}")


def _account_told(request: httpx.Request) -> str | None:
    """Return the account in which a request places, changes or cancels; None for any other request."""
    if request.method == "GET" or _PREVIEW in request.content:
        return None
    if request.url.path in _COIN_ORDERS:
        key: str | None = request.headers.get(_KEY)
        return key
    found = _ORDERS.fullmatch(request.url.path)
    return None if found is None else found[found.lastindex or 0]


def open_stepped(url: str, seams: Seams) -> SteppedDatabase:
    """Open a role's connections as the product does, with a step around each transaction."""
    engine = open_engine(url, pool_size=2, overflow=2, prepares_statements=True)
    watch(engine, seams.work)
    return SteppedDatabase(engine, seams)


def watch(engine: SqlEngine, work: Work) -> None:
    """Count statements, and note whether anything was written that an invariant reads."""

    def count(
        _connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
    ) -> None:  # Any: SQLAlchemy's event
        work.statements += 1
        if not work.wrote:
            start = statement.lstrip()[:30].lower()
            if start.startswith(("insert", "update", "delete", "with")):
                work.wrote = not start.startswith(HOUSEKEEPING)

    event.listen(engine, "before_cursor_execute", count)
