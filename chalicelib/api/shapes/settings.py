"""A user's settings, and what a broker says of a connection; secrets are shown as `{set, last4}`."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.brokers.interface import ConnectionReport
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.users.connections import ACCOUNT_FIELD, TOKEN_FIELD
from chalicelib.store.users.settings import AlertChannel, UserSettings


def shape_settings(settings: UserSettings) -> dict[str, JsonValue]:
    """Write settings for their owner: tokens and secret targets as `{set, last4}`."""
    return {
        "broker_mode": settings.broker_mode.value,
        **_connections(settings),
        "account_balance": number(settings.account_balance),
        "max_positions": settings.max_positions,
        "daily_loss_limit": number(settings.daily_loss_limit),
        "heat_limit_pct": number(settings.heat_limit_pct),
        "allow_market_live": settings.allow_market_live,
        "close_before_expiry": settings.close_before_expiry,
        "auto_refresh": settings.auto_refresh,
        "sounds": settings.sounds,
        "alert_channels": [_channel(one) for one in settings.alert_channels],
        **_alerts_off(settings),
        **_unconfirmed(settings),
        "version": settings.version,
        "created_at": instant(settings.created_at),
        "updated_at": instant(settings.updated_at),
    }


def _connections(settings: UserSettings) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = {}
    for mode, name in TOKEN_FIELD.items():
        kept = settings.connection(mode)
        is_set = kept.sealed is not None
        shown[name] = {"set": is_set, "last4": (kept.last4 or "") if is_set else None}
        shown[ACCOUNT_FIELD[mode]] = kept.account_id
    return shown


def _channel(channel: AlertChannel) -> dict[str, JsonValue]:
    hidden: JsonValue = {"set": True, "last4": channel.last4}
    return {
        "kind": channel.kind,
        "target": channel.target if channel.sealed_target is None else hidden,
        "min_severity": channel.min_severity,
    }


def _unconfirmed(settings: UserSettings) -> dict[str, JsonValue]:
    """Name the addresses whose code was not typed in yet, while there are any."""
    waiting: list[JsonValue] = [one.target for one in settings.alert_channels if one.proof is not None]
    return {"unconfirmed_addresses": waiting} if waiting else {}


def _alerts_off(settings: UserSettings) -> dict[str, JsonValue]:
    """Name what of the AI trader is not told, while there is any."""
    return {"alerts_off": [*settings.alerts_off]} if settings.alerts_off else {}


def shape_connection(report: ConnectionReport) -> dict[str, JsonValue]:
    """Write what a broker says of a stored token and account."""
    return {
        "ok": report.ok,
        "account_id": report.account_id,
        "account_type": report.account_type,
        "status": report.status,
        "options_level": report.options_level,
        "reason": report.reason,
    }
