"""Seal what is stored with the key that seals now, so that older keys can be dropped (A-12)."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.users.alert_channels import SEALED_FIELD
from chalicelib.services.users.settings import require
from chalicelib.store.ai import traders
from chalicelib.store.users import connections, second_factor
from chalicelib.store.users.connections import sealed_as
from chalicelib.store.users.sealed import SealedFacts, users_behind, write_sealed
from chalicelib.store.users.settings import UserSettings


def seal_anew(env: Environment) -> int:
    """Seal anew what older keys sealed; returns for how many users. What no key opens stays as it is."""
    behind = env.database.run(
        lambda connection: users_behind(connection, env.sealer.begins_with), username=None
    )
    return sum(_seal_for(env, username) for username in behind)


def _seal_for(env: Environment, username: str) -> bool:
    def work(connection: Connection) -> bool:
        settings = require(connection, username, lock=True)
        credentials = _renewed_credentials(env, settings)
        for mode, sealed in credentials.items():
            connections.write_sealed(connection, username, mode, sealed)
        values = _renewed_channels(env, settings)
        factor = second_factor.read(connection, username).sealed
        renewed = None if factor is None else _again(env, factor, username, second_factor.SEALED)
        if renewed is not None:
            values[second_factor.SEALED] = renewed
        if values:
            write_sealed(connection, username, values)
        secrets = _renewed_secrets(env, username, traders.read_secrets(connection, username))
        for trader_id, sealed in secrets.items():
            traders.write_secret(connection, username, trader_id, sealed)
        return bool(values or credentials or secrets)

    return env.database.run(work, username=username)


def _renewed_credentials(env: Environment, settings: UserSettings) -> dict[BrokerMode, str]:
    found = {
        mode: _again(env, one.sealed, settings.username, sealed_as(mode))
        for mode, one in settings.connections.items()
        if one.sealed is not None
    }
    return {mode: sealed for mode, sealed in found.items() if sealed is not None}


def _renewed_channels(env: Environment, settings: UserSettings) -> SealedFacts:
    channels = [
        channel
        if channel.sealed_target is None
        else replace(
            channel,
            sealed_target=_again(env, channel.sealed_target, settings.username, SEALED_FIELD)
            or channel.sealed_target,
        )
        for channel in settings.alert_channels
    ]
    if tuple(channels) == settings.alert_channels:
        return {}
    return {"alert_channels": [channel.as_entry() for channel in channels]}


def _renewed_secrets(env: Environment, username: str, stored: Mapping[UUID, str]) -> dict[UUID, str]:
    found = {
        trader_id: _again(env, sealed, username, traders.sealed_as(trader_id))
        for trader_id, sealed in stored.items()
    }
    return {trader_id: sealed for trader_id, sealed in found.items() if sealed is not None}


def _again(env: Environment, sealed: str, owner: str, field: str) -> str | None:
    """Return the secret under the present key; None when it is so already, or cannot be opened."""
    if sealed.startswith(env.sealer.begins_with):
        return None
    try:
        return env.sealer.seal(env.sealer.open(sealed, owner=owner, field=field), owner=owner, field=field)
    except CredentialsUnreadable:
        return None
