"""/api/settings: reading, changing, trying a connection, the live switch."""

from chalicelib.api.answers import Reply
from chalicelib.api.handlers.own_sign_in import person_of
from chalicelib.api.requests import KeptTargetBody, LiveSwitchBody, SettingsBody, TestConnectionBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.settings import shape_connection, shape_settings
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.alerts import AlertSwitch, ChannelKind, Severity
from chalicelib.services.sign_in import second_factor
from chalicelib.services.users import connections, live_switch, settings
from chalicelib.services.users.alert_channels import KeptTarget, WantedChannel
from chalicelib.services.users.connections import ACCOUNT_FIELD, TOKEN_FIELD, WantedConnections
from chalicelib.services.users.settings import PlainValue, SettingsChange


def read(call: Call) -> Reply:
    """Show the settings, tokens masked."""
    return Reply(body=shape_settings(settings.load(call.env, call.username)))


def change(call: Call) -> Reply:
    """Change the fields that the body names."""
    wanted = _change(call.body_as(SettingsBody))
    return Reply(body=shape_settings(settings.change_settings(call.env, call.username, wanted)))


def _change(body: SettingsBody) -> SettingsChange:
    named = body.model_fields_set
    channels = None
    if "alert_channels" in named:
        channels = tuple(
            WantedChannel(
                kind=ChannelKind(channel.kind),
                target=_target(channel.target),
                min_severity=Severity(channel.min_severity),
                code=channel.code,
            )
            for channel in body.alert_channels or ()
        )
    return SettingsChange(
        version=body.version,
        plain={name: _plain(name, body) for name in settings.DEFAULTS if name in named},
        connections=WantedConnections(
            tokens={mode: getattr(body, name) for mode, name in TOKEN_FIELD.items() if name in named},
            account_ids={mode: getattr(body, name) for mode, name in ACCOUNT_FIELD.items() if name in named},
        ),
        channels=channels,
        alerts_off=(frozenset(map(AlertSwitch, body.alerts_off or ())) if "alerts_off" in named else None),
    )


def _target(target: str | KeptTargetBody) -> str | KeptTarget:
    return target if isinstance(target, str) else KeptTarget(target.last4)


def _plain(name: str, body: SettingsBody) -> PlainValue | None:
    value: PlainValue | str | None = getattr(body, name)
    return BrokerMode(value) if isinstance(value, str) else value


def test_connection(call: Call) -> Reply:
    """Try the stored token and account of a broker."""
    named = call.body_as(TestConnectionBody).mode
    stored = settings.load(call.env, call.username)
    mode = stored.broker_mode if named is None else BrokerMode(named)
    return Reply(body=shape_connection(connections.test_connection(call.env, stored, mode)))


def switch_live(call: Call) -> Reply:
    """Switch live trading on or off."""
    body = call.body_as(LiveSwitchBody)
    person = person_of(call)
    switched = live_switch.switch_live(
        call.env,
        call.username,
        enable=body.enable,
        account_id=body.account_id,
        prove=lambda: second_factor.check_code(person, body.code),
    )
    return Reply(body=shape_settings(switched))
