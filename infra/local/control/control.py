"""The control interface of the local stack: move time, move the market, break the vendors, look behind them.

Loopback only and absent in the cloud (local.md, Control contract). A page in a browser is refused too: it
could otherwise be led here from anywhere.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.bookend import KINDS
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.scheduler import Scheduler
from infra.local.control import market_calls, vendor_calls
from infra.local.control.control_requests import (
    BadRequest,
    Body,
    Query,
    account_of,
    instant_of,
    kinds_of_quirks,
    number,
    refuse_unknown,
    symbol_of,
    whole,
)
from infra.local.emulators.brokerage.assignments import NotAssignable
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.serving.faults import BadFault
from infra.local.emulators.tradier.quirks import DEFAULT_SHARE
from infra.local.emulators.world import World
from infra.local.front.web import Answer, Environ, StartResponse, json_answer, request_headers, send
from infra.local.loopback import LOOPBACK, refusal

_LOG: Final = logging.getLogger("papertape.control")
BODY_BYTES_MAX: Final = 1024 * 1024
ADVANCE_MAX: Final = timedelta(days=366)


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """One call: its method, its path (the last part may be a name) and who answers."""

    method: str
    path: str
    answer: Callable[["Control", str, Query, Body], object]


class Control:
    """The WSGI application of the control interface."""

    def __init__(
        self,
        clock: ProductClock,
        scheduler: Scheduler,
        world: World,
        job_names: frozenset[str],
        *,
        on_change: Sequence[Callable[[], None]] = (),
    ) -> None:
        """`on_change` are called after time or the market was moved."""
        self._clock = clock
        self._scheduler = scheduler
        self._world = world
        self._job_names = job_names
        self._on_change = on_change

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = json_answer(self._answer(environ))
        except BadRequest as refusal:
            answer = _refusal(str(refusal), refusal.status)
        except Exception as error:  # noqa: BLE001  # a tester needs the error's name, not a hang-up
            _LOG.exception("a control call failed")
            answer = _refusal(f"failed inside: {type(error).__name__}", 500)
        return send(answer, start_response)

    def _answer(self, environ: Environ) -> object:
        _refuse_strangers(environ)
        path = unquote(str(environ.get("PATH_INFO", "/"))).rstrip("/")
        method = str(environ["REQUEST_METHOD"]).upper()
        at_path = [(route, name) for route in ROUTES if (name := _match(route.path, path)) is not None]
        if not at_path:
            raise BadRequest(f"there is no {path or '/'} here", 404)
        for route, name in at_path:
            if route.method == method:
                return route.answer(self, name, _query(environ), _body(environ))
        raise BadRequest(f"{path} takes {', '.join(route.method for route, _ in at_path)}", 405)

    def _changed(self) -> None:
        for note in self._on_change:
            note()

    def clock(self, _name: str, _query: Query, _body: Body) -> object:
        return {"now": instant(self._clock.now()), "speed": self._clock.speed}

    def advance(self, _name: str, _query: Query, body: Body) -> object:
        refuse_unknown(body, "seconds", "to")
        now = self._clock.now()
        if ("seconds" in body) == ("to" in body):
            raise BadRequest("give either seconds or to")
        if "to" in body:
            to = instant_of(body, "to")
        else:
            to = now + timedelta(seconds=number(body, "seconds", lowest=0, highest=_seconds(ADVANCE_MAX)))
        if to < now and self._clock.speed == 0:
            raise BadRequest(f"time goes forward only: it is {instant(now)}")
        if to - now > ADVANCE_MAX:
            raise BadRequest(f"at most {ADVANCE_MAX.days} days at once")
        ran = self._scheduler.advance(to)
        self._world.catch_up()
        self._changed()
        return {"now": instant(self._clock.now()), "ran": [one.as_json() for one in ran]}

    def run_job(self, name: str, _query: Query, body: Body) -> object:
        if name not in self._job_names:
            raise BadRequest(f"there is no job {name!r}; there are {', '.join(sorted(self._job_names))}", 404)
        kind = body.get("kind")
        if name == "bookend" and kind is not None and str(kind) not in KINDS:
            raise BadRequest(f"there is no bookend {kind!r}; there are {', '.join(sorted(KINDS))}")
        ran = self._scheduler.run_now(name, body)
        return {"ok": ran.ok, "result": dict(ran.result)}

    def dead_letters(self, _name: str, _query: Query, _body: Body) -> object:
        return {"items": self._scheduler.dead_letters()}

    def redrive(self, _name: str, _query: Query, body: Body) -> object:
        refuse_unknown(body)
        return {"redriven": self._scheduler.redrive()}

    def move(self, do: Callable[[World, Query, Body], None], query: Query, body: Body) -> object:
        """Do something to the world's market, and let go of what was known of it."""
        do(self._world, query, body)
        self._changed()
        return {"ok": True}

    def add_fault(self, _name: str, _query: Query, body: Body) -> object:
        try:
            self._world.faults.arm_from(body)
        except BadFault as error:
            raise BadRequest(str(error)) from error
        return {"ok": True}

    def clear_faults(self, _name: str, _query: Query, _body: Body) -> object:
        self._world.faults.clear()
        return {"ok": True}

    def show_quirks(self, _name: str, _query: Query, body: Body) -> object:
        refuse_unknown(body, "kinds", "share")
        kinds = kinds_of_quirks(body.get("kinds"))
        share = number(body, "share") if "share" in body else DEFAULT_SHARE
        if not 0 < share <= 1:
            raise BadRequest("share must be over 0 and at most 1")
        self._world.quirks.show(kinds, share)
        return {"ok": True}

    def hide_quirks(self, _name: str, _query: Query, _body: Body) -> object:
        self._world.quirks.show([])
        return {"ok": True}

    def orders(self, _name: str, query: Query, _body: Body) -> object:
        account = account_of(query)
        return {"items": self._broker_of(account).truth_orders(account)}

    def positions(self, _name: str, query: Query, _body: Body) -> object:
        account = account_of(query)
        return {"items": self._broker_of(account).truth_positions(account)}

    def assign(self, _name: str, _query: Query, body: Body) -> object:
        refuse_unknown(body, "account", "symbol", "quantity")
        account = account_of(body)
        try:
            self._broker_of(account).hands.assign(account, symbol_of(body), whole(body, "quantity", lowest=1))
        except NotAssignable as error:
            raise BadRequest(str(error)) from error
        self._changed()
        return {"ok": True}

    def _broker_of(self, account: str) -> BrokerageEmulator:
        for vendor in self._world.brokers.values():
            if account in vendor.accounts():
                return vendor
        raise BadRequest(f"the broker has no account {account!r}", 404)

    def tradier_calls(self, _name: str, _query: Query, _body: Body) -> object:
        return _sum_of_calls(self._world.sandbox.calls(), self._world.live.calls())

    def telegram_messages(self, _name: str, _query: Query, _body: Body) -> object:
        return {"items": _told(self._world.telegram.messages())}

    def discord_messages(self, _name: str, _query: Query, _body: Body) -> object:
        return {"items": _told(self._world.discord.messages())}

    def ask(self, do: Callable[[World, Query, Body], object], query: Query, body: Body) -> object:
        """Tell a vendor something, or ask what it was told."""
        return do(self._world, query, body)


def _moving(do: Callable[[World, Query, Body], None]) -> Callable[[Control, str, Query, Body], object]:
    return lambda control, _name, query, body: control.move(do, query, body)


def _asking(do: Callable[[World, Query, Body], object]) -> Callable[[Control, str, Query, Body], object]:
    return lambda control, _name, query, body: control.ask(do, query, body)


ROUTES: Final = (
    _Route(method="GET", path="/clock", answer=Control.clock),
    _Route(method="POST", path="/clock/advance", answer=Control.advance),
    _Route(method="POST", path="/jobs/{name}", answer=Control.run_job),
    _Route(method="GET", path="/dead-letters", answer=Control.dead_letters),
    _Route(method="POST", path="/dead-letters/redrive", answer=Control.redrive),
    *(
        _Route(method=method, path=path, answer=_moving(do))
        for (method, path), do in market_calls.CALLS.items()
    ),
    _Route(method="POST", path="/faults", answer=Control.add_fault),
    _Route(method="DELETE", path="/faults", answer=Control.clear_faults),
    _Route(method="POST", path="/vendors/tradier/quirks", answer=Control.show_quirks),
    _Route(method="DELETE", path="/vendors/tradier/quirks", answer=Control.hide_quirks),
    _Route(method="GET", path="/vendors/tradier/orders", answer=Control.orders),
    _Route(method="GET", path="/vendors/tradier/positions", answer=Control.positions),
    _Route(method="POST", path="/vendors/tradier/assign", answer=Control.assign),
    _Route(method="GET", path="/vendors/tradier/calls", answer=Control.tradier_calls),
    _Route(method="GET", path="/vendors/telegram/messages", answer=Control.telegram_messages),
    _Route(method="GET", path="/vendors/discord/messages", answer=Control.discord_messages),
    *(
        _Route(method=method, path=path, answer=_asking(asked))
        for (method, path), asked in vendor_calls.CALLS.items()
    ),
)


def _refusal(reason: str, status: int) -> Answer:
    return json_answer({"error": reason}, status)


def _refuse_strangers(environ: Environ) -> None:
    """Let in programs on this machine only: no other host, no page of a browser."""
    is_near = str(environ.get("REMOTE_ADDR")) == LOOPBACK
    reason = refusal(request_headers(environ)) if is_near else "this answers on loopback only"
    if reason is not None:
        raise BadRequest(reason, 403)


def _match(pattern: str, path: str) -> str | None:
    """Return the name in a path that fits the pattern ('' where it has none), None for one that does not."""
    if not pattern.endswith("{name}"):
        return "" if path == pattern else None
    head = pattern.removesuffix("{name}")
    name = path.removeprefix(head)
    return name if path.startswith(head) and name and "/" not in name else None


def _query(environ: Environ) -> Query:
    found = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    return {name: values[-1] for name, values in found.items()}


def _body(environ: Environ) -> Body:
    """Read the body as a JSON object; none at all is an empty one."""
    raw: bytes = environ["wsgi.input"].read(BODY_BYTES_MAX + 1)
    if len(raw) > BODY_BYTES_MAX:
        raise BadRequest("the body is larger than 1 MB", 413)
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadRequest("the body is not a JSON object")
    return value


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def _told(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write the instants of messages as the contract writes instants."""
    return [{**message, "at": instant(message["at"])} for message in messages]


def _sum_of_calls(*counts: Mapping[str, object]) -> dict[str, JsonValue]:
    """Add up the calls of both environments of a vendor."""
    by_endpoint: dict[str, int] = {}
    for count in counts:
        endpoints = count["by_endpoint"]
        if isinstance(endpoints, Mapping):
            for endpoint, calls in endpoints.items():
                by_endpoint[endpoint] = by_endpoint.get(endpoint, 0) + int(calls)
    return {"total": sum(by_endpoint.values()), "by_endpoint": dict(sorted(by_endpoint.items()))}
