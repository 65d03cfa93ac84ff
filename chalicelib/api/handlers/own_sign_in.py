"""/api/me/second-factor and /api/me/password: an owner's own changes to the sign-in."""

from chalicelib.api.answers import Reply
from chalicelib.api.handlers.session import cookie_of
from chalicelib.api.requests import (
    BeginFactorBody,
    ConfirmFactorBody,
    NewPasswordBody,
    RemoveFactorBody,
)
from chalicelib.api.routing import Call
from chalicelib.api.shapes.second_factor import shape_new_factor
from chalicelib.api.throttle import check_password_try
from chalicelib.services.sign_in import password, second_factor
from chalicelib.services.sign_in.second_factor import Person


def person_of(call: Call) -> Person:
    """Return the caller as who proves and changes a sign-in."""
    context = call.context
    return Person(env=call.env, signin=context.signin, username=call.username, now=context.machine_time())


def begin(call: Call) -> Reply:
    """Return a secret for the authenticator app."""
    check_password_try(call.context, call.username)
    factor = second_factor.begin(person_of(call), call.body_as(BeginFactorBody).password)
    return Reply(body=shape_new_factor(factor))


def confirm(call: Call) -> Reply:
    """Set the second factor up with its first code."""
    second_factor.confirm(person_of(call), call.body_as(ConfirmFactorBody).code)
    return Reply(status=204)


def remove(call: Call) -> Reply:
    """Remove the second factor."""
    body = call.body_as(RemoveFactorBody)
    check_password_try(call.context, call.username)
    second_factor.remove(person_of(call), body.password, body.code)
    return Reply(status=204)


def change_password(call: Call) -> Reply:
    """Change the password; other sessions end."""
    body = call.body_as(NewPasswordBody)
    check_password_try(call.context, call.username)
    session = password.change(
        person_of(call), body.password, body.new_password, body.code, session_id=call.user.session_id
    )
    call.context.authenticator.forget()
    return Reply(status=204, headers={} if session is None else cookie_of(session))
