"""Rows of `desk_configs`: the configuration that evaluations were made under, once a pair of versions."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.arrays import array_literal


class NewConfig(NamedTuple):
    """A strategy under the desk's settings, in these versions; `config` is JSON text (`config_of`)."""

    id: UUID
    username: str
    strategy_id: UUID
    strategy_version: int
    desk_version: int
    config: str


_KINDS: Final = ("uuid", "text", "uuid", "numeric", "numeric", "text")
_GIVEN: Final = ", ".join(
    f"cast(:{name} as {kind}[])" for name, kind in zip(NewConfig._fields, _KINDS, strict=True)
)
_SAME: Final = """
    c.username = g.username and c.strategy_id = g.strategy_id
    and c.strategy_version = g.strategy_version and c.desk_version = g.desk_version
"""
_KEEP: Final = text(
    f"""
    with given as (
        select * from unnest({_GIVEN}) as g ({", ".join(NewConfig._fields)})
    ), known as (
        select g.id as given_id, c.strategy_id, c.id from given g join desk_configs c on {_SAME}
    ), made as (
        insert into desk_configs (id, username, strategy_id, strategy_version, desk_version, config)
        select id, username, strategy_id, strategy_version, desk_version, config::jsonb
        from given where id not in (select given_id from known)
        on conflict (username, strategy_id, strategy_version, desk_version) do nothing
        returning strategy_id, id
    )
    select strategy_id, id from known union all select strategy_id, id from made
    """  # noqa: S608 - names are this module's own
)


def keep_configs(connection: Connection, configs: Sequence[NewConfig]) -> dict[UUID, UUID]:
    """Store configurations that are not stored yet; returns by strategy the id of its row.

    One a strategy. Jobs alone may store them. One that a rival stores at this moment is not in the answer.
    """
    if not configs:
        return {}
    columns = zip(*configs, strict=True)
    asked = {
        name: array_literal(kind, values)
        for name, kind, values in zip(NewConfig._fields, _KINDS, columns, strict=True)
    }
    return {row.strategy_id: row.id for row in connection.execute(_KEEP, asked)}
