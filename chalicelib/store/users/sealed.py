"""Sealed secrets of all users as rows: which key each was sealed with, and writing them sealed anew."""

from typing import Final, TypedDict

from sqlalchemy import Connection, text, update

from chalicelib.store.schema import user_settings

#: Whoever has a secret under another key than the one that seals now.
_BEHIND: Final = text(
    """
    select username from user_settings
    where not starts_with(coalesce(factor_sealed, :sealed_by), :sealed_by)
       or exists (select from connections
                  where connections.username = user_settings.username
                    and not starts_with(coalesce(sealed, :sealed_by), :sealed_by))
       or exists (select from traders
                  where traders.username = user_settings.username
                    and not starts_with(coalesce(secret_sealed, :sealed_by), :sealed_by))
       or exists (select from jsonb_array_elements(alert_channels) as channel
                  where not starts_with(coalesce(channel ->> 'sealed_target', :sealed_by), :sealed_by))
    order by username
    """
)


class SealedFacts(TypedDict, total=False):
    """What a row holds of sealed secrets, but for connections and traders, which have rows of their own."""

    factor_sealed: str
    alert_channels: list[dict[str, str]]


def users_behind(connection: Connection, sealed_by: str) -> list[str]:
    """Return the users with a secret that does not begin with `sealed_by`; as the jobs' role, for nobody."""
    return [str(name) for name in connection.execute(_BEHIND, {"sealed_by": sealed_by}).scalars()]


def write_sealed(connection: Connection, username: str, values: SealedFacts) -> None:
    """Store secrets sealed anew: nothing that their owner sees has changed, so the version stays."""
    connection.execute(update(user_settings).where(user_settings.c.username == username).values(**values))
