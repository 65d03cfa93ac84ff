"""Calls on the kill switch, and on how the desk stands (B-08, B-15)."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, LeadsOut, Route

switch_bodies: Final = LateModels("switch_bodies")

KILL_SWITCH: Final = (
    Route(
        method="GET",
        path="/api/kill-switch",
        name="read_kill_switch",
        summary="Show what stops entries, and whether the brokers show that nothing is left",
        handler=Late("kill_switch", "read"),
        access=Access.READ,
        answers={200: "KillSwitch"},
    ),
    Route(
        method="POST",
        path="/api/kill-switch/safe-mode",
        name="set_safe_mode",
        summary="Let nothing enter, and withdraw entries that work; exits go on",
        handler=Late("kill_switch", "set_safe_mode"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        body=switch_bodies.SwitchBody,
        answers={200: "KillSwitch"},
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/kill-switch/hard-stop",
        name="set_hard_stop",
        summary="Let nothing enter and close everything, outside the session at the next open",
        handler=Late("kill_switch", "set_hard_stop"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        body=switch_bodies.HardStopBody,
        answers={202: "KillSwitch"},
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/kill-switch/reset",
        name="reset_kill_switch",
        summary="End the caller's rows; causes that still stand trip again at the next scan",
        handler=Late("kill_switch", "reset"),
        access=Access.SESSION,
        body=switch_bodies.SwitchBody,
        answers={200: "KillSwitch"},
        mutates=True,
    ),
    Route(
        method="GET",
        path="/api/status",
        name="read_status",
        summary="Show the bot, the kill switch, the last scan, how old the data are, and the market",
        handler=Late("kill_switch", "read_status"),
        access=Access.READ,
        answers={200: "Status"},
    ),
)
