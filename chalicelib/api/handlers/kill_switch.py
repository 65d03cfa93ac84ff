"""/api/kill-switch and /api/status: what stops entries, and how the desk stands."""

from chalicelib.api.answers import Reply
from chalicelib.api.routing import Call
from chalicelib.api.shapes.kill_switch import shape_status, shape_switch
from chalicelib.api.switch_bodies import HardStopBody, SwitchBody
from chalicelib.domain.desk.kill_switch.rows import SwitchMode
from chalicelib.services.desk.switch import kill_switch
from chalicelib.services.desk.switch.kill_switch import Switching
from chalicelib.services.desk.told import desk_status
from chalicelib.services.errors import Forbidden


def read(call: Call) -> Reply:
    """Show what is in force."""
    return _state(call)


def set_safe_mode(call: Call) -> Reply:
    """Let nothing enter."""
    kill_switch.set_switch(call.env, _asked(call, call.body_as(SwitchBody)), SwitchMode.SAFE_MODE)
    return _state(call)


def set_hard_stop(call: Call) -> Reply:
    """Let nothing enter, and close everything."""
    kill_switch.set_switch(call.env, _asked(call, call.body_as(HardStopBody)), SwitchMode.HARD_STOP)
    return _state(call, status=202)


def reset(call: Call) -> Reply:
    """End the caller's rows."""
    kill_switch.reset_switch(call.env, _asked(call, call.body_as(SwitchBody)))
    return _state(call)


def read_status(call: Call) -> Reply:
    """Show how the desk stands."""
    return Reply(body=shape_status(desk_status.read_status(call.env, call.username)))


def _asked(call: Call, body: SwitchBody) -> Switching:
    if body.scope is not None and not call.user.is_operator:
        raise Forbidden("Everybody's switch is for operators.")
    return Switching(username=call.username, reason=body.reason, everywhere=body.scope is not None)


def _state(call: Call, *, status: int = 200) -> Reply:
    state = kill_switch.read_switch(call.env, call.context.kept, call.username)
    return Reply(status=status, body=shape_switch(state))
