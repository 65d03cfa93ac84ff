"""/api/desk and /api/bot: the desk's settings, and whether entries are scanned for."""

from chalicelib.api.answers import Reply
from chalicelib.api.desk_bodies import DeskSettingsBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.desk import shape_bot, shape_desk_settings
from chalicelib.services.desk.strategies import desk_settings


def read_settings(call: Call) -> Reply:
    """Show the desk's settings."""
    return Reply(body=shape_desk_settings(desk_settings.read_desk_settings(call.env, call.username)))


def change_settings(call: Call) -> Reply:
    """Change the settings that the body names."""
    body = call.body_as(DeskSettingsBody)
    changed = desk_settings.change_desk_settings(call.env, call.username, body.fields(), body.version)
    return Reply(body=shape_desk_settings(changed))


def switch_on(call: Call) -> Reply:
    """Let entries be scanned for."""
    return Reply(body=shape_bot(desk_settings.switch_bot(call.env, call.username, on=True)))


def switch_off(call: Call) -> Reply:
    """Stop the scanning of entries; exits go on."""
    return Reply(body=shape_bot(desk_settings.switch_bot(call.env, call.username, on=False)))
