"""Who a token speaks for, and whether they are served (A-10, I-37)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from chalicelib.domain.people import Holder, Tier, UserState, key_of, name_of
from chalicelib.security.accounts import Accounts
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Forbidden
from chalicelib.services.listing import Listing
from chalicelib.store.users import people as store
from chalicelib.store.users import settings
from chalicelib.store.users.people import PersonRow


class NameTaken(Forbidden):
    """This sign-in name belongs to somebody else who has not been removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """Somebody as operators see them; `created_at` is None for who never signed in."""

    name: str
    groups: Sequence[str]
    created_at: datetime | None
    state: UserState
    open_trades: int
    personal_tokens: int


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


def tell_tier(env: Environment, holder: Holder, tier: Tier, told_at: datetime) -> None:
    """Keep, for jobs, which meet no sign-in, what a token issued at `told_at` says of its holder (C-08)."""
    if holder.tier is not tier and (holder.tier_told_at is None or holder.tier_told_at <= told_at):
        env.database.run(
            lambda connection: store.tell_tier(connection, holder.username, tier, told_at),
            username=holder.username,
        )


def list_people(env: Environment, accounts: Accounts) -> Listing[KnownPerson]:
    """List everybody, for operators: who may sign in, and who was removed and still holds something."""
    enabled = {one.username: one.enabled for one in accounts.list_all()}
    member_of: dict[str, list[str]] = {}
    for group in accounts.groups():
        for name in accounts.members(group):
            member_of.setdefault(name, []).append(group)
    # Whoever was removed stands last: their name may be another's by now.
    rows = sorted(env.database.by_itself(_read), key=lambda row: row.state is UserState.REMOVED)
    shown = [_known(row, member_of, enabled.get(name_of(row.username))) for row in rows]
    seen = {name_of(row.username) for row in rows if row.state is not UserState.REMOVED}
    never_here = [_never_here(name, member_of, on) for name, on in enabled.items() if name not in seen]
    return Listing(items=[*shown, *never_here], as_of=env.clock.now())


def _read(connection: Connection) -> Sequence[PersonRow]:
    return store.list_people(connection)


def _known(row: PersonRow, member_of: Mapping[str, list[str]], enabled: bool | None) -> KnownPerson:
    name, state = name_of(row.username), row.state
    if state is UserState.ACTIVE and enabled is not True:
        state = UserState.DISABLED  # at the console: no session begins any more
    return KnownPerson(
        name=name,
        groups=[] if row.state is UserState.REMOVED else sorted(member_of.get(name, [])),
        created_at=row.created_at,
        state=state,
        open_trades=row.open_trades,
        personal_tokens=row.personal_tokens,
    )


def _never_here(name: str, member_of: Mapping[str, list[str]], enabled: bool) -> KnownPerson:
    return KnownPerson(
        name=name,
        groups=sorted(member_of.get(name, [])),
        created_at=None,
        state=UserState.ACTIVE if enabled else UserState.DISABLED,
        open_trades=0,
        personal_tokens=0,
    )


def end_sessions(env: Environment, username: str, at: datetime, *, kept_session: str | None) -> None:
    """End a person's sessions begun before `at` (the machine's time), but the one of this token."""
    env.database.run(
        lambda connection: store.end_sessions(connection, username, at, kept_session=kept_session),
        username=username,
    )
