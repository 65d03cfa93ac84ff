"""The one way through which every request goes, in the order of api.md: token, id, idempotency key, body,
then the service's own checks. Nothing leaves here but a written answer.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import unquote
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chalicelib.api import reading
from chalicelib.api.answers import Reply, Written, write, write_problem
from chalicelib.api.authentication import Access, Caller, check_access
from chalicelib.api.context import ApiContext
from chalicelib.api.observing import observed
from chalicelib.api.problems import Problem, invalid, not_found, outcome_unknown, problem_of, unavailable
from chalicelib.api.routing import Call, Route
from chalicelib.api.throttle import check_rate
from chalicelib.domain.accounts import BrokerName
from chalicelib.observability.facts import note, user_fact
from chalicelib.observability.metrics import Metric, Service
from chalicelib.services.errors import FieldError
from chalicelib.services.requests import idempotency
from chalicelib.store.database import CommitUnknown, DatabaseUnavailable, lost_race
from chalicelib.store.time_limit import time_limit
from chalicelib.vendors.deadline import Deadline

M = TypeVar("M", bound=BaseModel)

_LOG: Final = logging.getLogger("papertape.api")
_PLACES_MAX: Final = 6
#: No call runs longer than 20 s (api.md, Time), its last words to the database included.
_DATABASE_SECONDS_MAX: Final = 18.5
_REPLAYED: Final = "Idempotency-Replayed"
#: What names the thing in a path besides an id.
_NAMED: Final = ("name", "broker", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as the gateway hands it over; header names in lower case."""

    path_values: Mapping[str, str]
    query_values: Mapping[str, list[str]] | None
    headers: Mapping[str, str]
    body: bytes
    request_id: str | None = None
    """The gateway's own id of the request, where it gives one."""


def answer(route: Route, incoming: Incoming, context: ApiContext) -> Written:
    """Carry a request out; every refusal and every fault becomes a problem document."""

    def carry_out() -> Written:
        try:
            with time_limit(Deadline(context.environment.clock, _DATABASE_SECONDS_MAX).seconds_left):
                return _carry_out(route, incoming, context)
        except Exception as error:  # noqa: BLE001 the edge: whatever happens, the caller gets an answer
            return write_problem(_refusal(route, error, context))

    return observed(route, context, incoming.request_id, carry_out)


def _refusal(route: Route, error: Exception, context: ApiContext) -> Problem:
    if isinstance(error, CommitUnknown) and route.mutates:
        return outcome_unknown()
    expected = problem_of(error)
    if expected is not None:
        if expected.kind == "broker-refused":
            context.environment.meter.emit(Service.BROKERS, {Metric.BROKER_REFUSALS: 1}, route=route.name)
        return expected
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError):
        _LOG.warning("the database failed during %s: %s", route.name, type(error).__name__)
        return unavailable("The database cannot be reached at the moment.")
    if isinstance(error, DBAPIError) and (lost_race(error) or error.connection_invalidated):
        _LOG.warning("a race was lost for good during %s", route.name)
        return unavailable("Too many changes at once; try again.", 1)
    # The type and the place alone: an error's text may hold SQL, its values, or a secret.
    _LOG.error("%s failed with %s at %s", route.name, type(error).__name__, _place(error))
    return unavailable("The request could not be carried out.")


def _place(error: BaseException) -> str:
    """Name the innermost lines of ours that an error came through: a library's own say little."""
    trace = error.__traceback__
    places = []
    while trace is not None:
        _, ours, path = trace.tb_frame.f_code.co_filename.rpartition("chalicelib/")
        if ours:
            places.append(f"{path}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-_PLACES_MAX:])


def _carry_out(route: Route, incoming: Incoming, context: ApiContext) -> Written:
    caller = _caller(route, incoming, context)
    subject = _subject(route, incoming, context, caller)
    key = reading.parse_idempotency_key(incoming.headers) if route.mutates else None
    query = _query(route, incoming)
    if key is None or caller is None:
        body = _body(route, incoming)
        return write(_handle(route, incoming, context, caller, subject, query, body, None))
    return _once(route, incoming, context, caller, subject, query, key)


def _caller(route: Route, incoming: Incoming, context: ApiContext) -> Caller | None:
    if route.access is Access.PUBLIC:
        return None
    caller = context.authenticator.caller(incoming.headers, reads=route.method == "GET")
    note(user=user_fact(caller.username))
    check_rate(context, caller, route, incoming.body)
    check_access(caller, route.access)
    return caller


def _subject(route: Route, incoming: Incoming, context: ApiContext, caller: Caller | None) -> UUID | None:
    _broker(incoming)
    text = incoming.path_values.get("id")
    if text is None:
        return None
    subject = reading.parse_id(text)
    if subject is None:
        raise not_found()
    note(subject=str(subject))
    if route.find is not None and caller is not None:
        route.find(context.environment, caller.username, subject)
    return subject


def _broker(incoming: Incoming) -> BrokerName | None:
    """Return the broker in the path; one that nobody knows is no address."""
    text = incoming.path_values.get("broker")
    if text is None:
        return None
    try:
        return BrokerName(text)
    except ValueError:
        raise not_found() from None


def _query(route: Route, incoming: Incoming) -> BaseModel | None:
    values = reading.query_values(incoming.query_values)
    model = route.query_model
    if model is None:
        if values:
            raise invalid([FieldError(field=name, message="is not known") for name in values])
        return None
    return validated(model, values)


def _body(route: Route, incoming: Incoming) -> BaseModel | None:
    if not route.takes_body or route.reads_csv or route.reads_raw:
        return None
    model = route.body_model
    if not incoming.body:
        if any(field.is_required() for field in model.model_fields.values()):
            raise Problem(kind="malformed", detail="The body is missing.")
        return validated(model, {})
    return validated(model, reading.parse_object(incoming.body, incoming.headers.get("content-type")))


def validated(model: type[M], values: Mapping[str, object]) -> M:
    """Validate these values; raises Problem 422 with every fault and its field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(
            [_fault(entry["loc"], entry["type"], entry["msg"]) for entry in error.errors()]
        ) from None


def _fault(location: tuple[int | str, ...], kind: str, message: str) -> FieldError:
    field = ".".join(str(part) for part in location)
    if kind == "extra_forbidden":
        return FieldError(field=field, message="is not known")
    if kind == "missing":
        return FieldError(field=field, message="is missing")
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if not location or isinstance(location[-1], int):  # a rule over several fields names one
        name, named, rest = text.partition(": ")
        if named:
            field, text = f"{field}.{name}" if field else name, rest
    return FieldError(field=field, message=text)


def _handle(
    route: Route,
    incoming: Incoming,
    context: ApiContext,
    caller: Caller | None,
    subject: UUID | None,
    query: BaseModel | None,
    body: BaseModel | None,
    key: str | None,
) -> Reply:
    file = reading.parse_csv(incoming.body, incoming.headers.get("content-type")) if route.reads_csv else ""
    call = Call(
        context=context,
        caller=caller,
        subject=subject,
        body=body,
        query=query,
        headers=incoming.headers,
        idempotency_key=key,
        name=unquote(incoming.path_values.get("name", "")).lower(),
        text=file,
        raw=incoming.body,
        path=incoming.path_values,
        named_broker=_broker(incoming),
    )
    return route.handler(call)


def _once(
    route: Route,
    incoming: Incoming,
    context: ApiContext,
    caller: Caller,
    subject: UUID | None,
    query: BaseModel | None,
    key: str,
) -> Written:
    """Carry a call with an idempotency key out, or repeat the first one's answer."""
    env = context.environment
    fingerprint = _fingerprint(route, incoming)
    held = idempotency.begin(env, caller.username, key, fingerprint, machine_now=context.machine_time())
    if isinstance(held, idempotency.Replay):
        return _replay(route, context, caller, key, held)
    try:
        body = _body(route, incoming)
        written = write(_handle(route, incoming, context, caller, subject, query, body, key))
    except CommitUnknown:
        raise  # the key is kept: whoever repeats finds what was stored, once this claim has run out
    except Exception as error:
        problem = problem_of(error)
        if problem is None or problem.kind != "broker-refused":
            _settle(route, context, held, None)
            raise
        written = write_problem(problem)
    _settle(route, context, held, written)
    return written


def _settle(route: Route, context: ApiContext, claim: idempotency.Claim, written: Written | None) -> None:
    """Keep the answer, or give the key back. The call's own outcome stands, whatever happens here."""
    env = context.environment
    try:
        if written is None:
            idempotency.give_back(env, claim)
            return
        text: str | None = written.text or None
        if text is not None and route.seals_answer:
            text = json.dumps(idempotency.seal_answer(env, claim.username, claim.key, text))
        location = written.headers.get("Location")
        idempotency.finish(env, claim, status=written.status, body=text, location=location)
    except (DatabaseUnavailable, DBAPIError) as error:
        # The key runs out by itself; until then a repetition is told that the call still runs.
        _LOG.warning("the answer of %s was not kept: %s", route.name, type(error).__name__)


def _replay(
    route: Route, context: ApiContext, caller: Caller, key: str, first: idempotency.Replay
) -> Written:
    text = first.body or ""
    if text and route.seals_answer and first.status < 400:
        text = idempotency.open_answer(context.environment, caller.username, key, json.loads(text))
    headers = {**write(Reply()).headers, _REPLAYED: "true"}
    if first.location is not None:
        headers["Location"] = first.location
    if text:
        headers["Content-Type"] = "application/problem+json" if first.status >= 400 else "application/json"
    return Written(status=200 if first.status == 201 else first.status, text=text, headers=headers)


def _fingerprint(route: Route, incoming: Incoming) -> str:
    """Return what makes two requests the same: method, path with what it names, query, the body's meaning."""
    meaning = incoming.body
    with suppress(Problem):  # an unreadable body stands for itself, and is refused in its turn
        parsed = reading.parse_object(incoming.body, incoming.headers.get("content-type"))
        meaning = json.dumps(parsed, sort_keys=True, default=str).encode()
    path, query = incoming.path_values, incoming.query_values or {}
    named = "".join(f" {path[name]}" for name in _NAMED if name in path)
    asked = "".join(f" {name}={value}" for name, value in sorted(query.items()))
    digest = hashlib.sha256(f"{route.method} {route.path} {path.get('id')}{named}{asked}\n".encode())
    digest.update(meaning)
    return digest.hexdigest()
