"""Requests a minute, where the deployment counts them (api.md, Time): each bearer has a counter of its own.

A user's sessions count as one, each personal token apart, so that no reader can take the owner's calls; calls
of system C are counted by user. What leads out (closing, cancelling, adjusting, pausing, live off, revoking a
token) has a counter that nothing else takes; what personal tokens close counts beside what the owner closes,
so that a looping agent can be revoked.
"""

from typing import Final

from chalicelib.api.authentication import Caller, may_call
from chalicelib.api.context import ApiContext
from chalicelib.api.problems import Problem, too_many_requests
from chalicelib.api.reading import parse_object
from chalicelib.api.routing import LeadsOut, Route
from chalicelib.services.requests import throttle

#: Calls of a user a minute that lead out of the market or take a right back.
EXITS_PER_MINUTE: Final = 60
PASSWORDS_PER_MINUTE: Final = 10
#: Calls of system C a minute, of a user's sessions and tokens together (C-08).
AI_PER_MINUTE: Final = 100


def check_rate(context: ApiContext, caller: Caller, route: Route, body: bytes) -> None:
    """Count this request; raises Problem 429 beyond its allowance."""
    if leads_out(route, body) and may_call(caller, route.access):
        counter = throttle.EXITS if caller.token_id is None else throttle.EXITS_BY_TOKENS
        _count(context, caller.username, counter, EXITS_PER_MINUTE)
    elif route.is_ai:
        _count(context, caller.username, throttle.AI, AI_PER_MINUTE)
    elif context.requests_per_minute is not None:
        _count(context, caller.username, throttle.bearer(caller.token_id), context.requests_per_minute)


def check_weight(context: ApiContext, caller: Caller, weight: int) -> None:
    """Count a request that was let in as `weight` more of its bearer's; raises Problem 429."""
    if context.requests_per_minute is not None:
        counter = throttle.bearer(caller.token_id)
        _count(context, caller.username, counter, context.requests_per_minute, weight=weight)


def check_password_try(context: ApiContext, username: str) -> None:
    """Count a try of a password by a session, as tries to sign in are; raises Problem 429."""
    _count(context, username, throttle.PASSWORDS, PASSWORDS_PER_MINUTE)


def leads_out(route: Route, body: bytes) -> bool:
    """Say whether this call is one of those that nothing may hold up; an unreadable body leads nowhere."""
    if route.leads_out is not LeadsOut.SWITCHING_OFF:
        return route.leads_out is LeadsOut.ALWAYS
    try:
        return parse_object(body, "application/json").get("enable") is False
    except Problem:
        return False


def _count(context: ApiContext, username: str, counter: str, allowed: int, *, weight: int = 1) -> None:
    if context.requests_per_minute is None:
        return
    wait_seconds = throttle.count_request(
        context.environment,
        username,
        counter=counter,
        allowed=allowed,
        machine_now=context.machine_time(),
        weight=weight,
    )
    if wait_seconds is not None:
        raise too_many_requests("Too many requests in this minute.", wait_seconds)
