"""Who a token speaks for, and whether they are served (A-10, I-37)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.people import Holder, UserState, key_of, name_of
from chalicelib.security.accounts import Accounts
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Forbidden
from chalicelib.services.shapes import instant, listing
from chalicelib.store.users import people as store
from chalicelib.store.users import settings
from chalicelib.store.users.people import PersonRow


class NameTaken(Forbidden):
    """This sign-in name belongs to somebody else who has not been removed."""


def identify(env: Environment, name: str, sub: str) -> Holder:
    """Return the holder of a sign-in name with this `sub`, making their row at first sight.

    A name whose last holder was removed goes to whoever comes next, under a key of their own.
    Raises NameTaken.
    """
    found = find(env, name, sub)
    if found is not None and found.sub == sub:
        return found
    if found is not None and found.state is not UserState.REMOVED:
        raise NameTaken("This name belongs to somebody else.")
    key = key_of(name, 1 if found is None else found.holders + 1)
    remembered = env.database.run(lambda connection: settings.ensure(connection, key, sub), username=key)
    if remembered != sub:
        raise NameTaken("This name belongs to somebody else.")
    return Holder(
        username=key,
        sub=sub,
        state=UserState.ACTIVE,
        sessions_from=None,
        kept_session=None,
        holders=1 if found is None else found.holders + 1,
    )


def find(env: Environment, name: str, sub: str = "") -> Holder | None:
    """Return the holder of a name with this `sub`, else its latest; None for a name that never signed in."""
    return env.database.by_itself(lambda connection: store.find_holder(connection, name, sub))


def list_people(env: Environment, accounts: Accounts) -> dict[str, JsonValue]:
    """List everybody, for operators: who may sign in, and who was removed and still holds something."""
    enabled = {one.username: one.enabled for one in accounts.list_all()}
    member_of: dict[str, list[str]] = {}
    for group in accounts.groups():
        for name in accounts.members(group):
            member_of.setdefault(name, []).append(group)
    # Whoever was removed stands last: their name may be another's by now.
    rows = sorted(env.database.by_itself(_read), key=lambda row: row.state is UserState.REMOVED)
    shown = [_shape(row, member_of, enabled.get(name_of(row.username))) for row in rows]
    seen = {name_of(row.username) for row in rows if row.state is not UserState.REMOVED}
    items: list[JsonValue] = [
        *shown,
        *(_never_here(name, member_of, on) for name, on in enabled.items() if name not in seen),
    ]
    return listing(items, as_of=env.clock.now(), next_cursor=None)


def _read(connection: Connection) -> Sequence[PersonRow]:
    return store.list_people(connection)


def _shape(row: PersonRow, member_of: dict[str, list[str]], enabled: bool | None) -> dict[str, JsonValue]:
    name, state = name_of(row.username), row.state
    if state is UserState.ACTIVE and enabled is not True:
        state = UserState.DISABLED  # at the console: no session begins any more
    groups: list[JsonValue] = [] if row.state is UserState.REMOVED else [*sorted(member_of.get(name, []))]
    return {
        "username": name,
        "groups": groups,
        "created_at": instant(row.created_at),
        "state": state.value.lower(),
        "open_trades": row.open_trades,
        "personal_tokens": row.personal_tokens,
    }


def _never_here(name: str, member_of: dict[str, list[str]], enabled: bool) -> dict[str, JsonValue]:
    state = UserState.ACTIVE if enabled else UserState.DISABLED
    return {
        "username": name,
        "groups": [*sorted(member_of.get(name, []))],
        "created_at": None,
        "state": state.value.lower(),
        "open_trades": 0,
        "personal_tokens": 0,
    }


def end_sessions(env: Environment, username: str, at: datetime, *, kept_session: str | None) -> None:
    """End a person's sessions begun before `at` (the machine's time), but the one of this token."""
    env.database.run(
        lambda connection: store.end_sessions(connection, username, at, kept_session=kept_session),
        username=username,
    )
