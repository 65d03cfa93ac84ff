"""Whose strategies one scan is for, with their owners' settings and what stops them: one read for all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import SwitchCause, SwitchRow
from chalicelib.domain.desk.kill_switch.tripping import Watch
from chalicelib.domain.desk.pipeline.scanning import is_scanned
from chalicelib.domain.desk.strategies.accounts import broker_mode_of
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.services.environment import Environment
from chalicelib.store.desk.drift import drifted_since
from chalicelib.store.desk.due import DueDesk, read_due_desks
from chalicelib.store.desk.kill_switch import read_rows_in_force
from chalicelib.store.desk.strategies import StrategyRow, UnreadableStrategy
from chalicelib.store.desk.watches import read_watches, watches_ahead
from chalicelib.store.users.settings import UserSettings, read_several


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One user's desk at one scan.

    `strategies` are due now; `unreadable` are rows that no code here understands, with the reason. `rows`
    are the switch's that concern the user, `watch` is what was counted towards others; `drifted` are the
    underlyings in which books and broker differ, and since when (B-07).
    """

    username: str
    settings: DeskSettings
    rules: UserSettings
    strategies: tuple[Strategy, ...]
    unreadable: tuple[tuple[StrategyRow, str], ...]
    rows: tuple[SwitchRow, ...]
    watch: Watch
    drifted: Mapping[str, datetime]

    @property
    def is_at_work(self) -> bool:
        """Say whether there is anything to judge, or a row that lifts by itself."""
        lifts = any(row.cause is not SwitchCause.PERSON for row in self.rows)
        return bool(self.strategies or self.unreadable or lifts)

    def account_of(self, strategy: Strategy) -> AccountRef | None:
        """Return where a strategy trades; None where its broker is not offered or not connected."""
        mode = broker_mode_of(strategy)
        return None if mode is None or mode not in self.rules.connected else self.rules.account(mode)

    def accounts(self) -> Iterator[AccountRef]:
        """Yield the accounts of the strategies that are due, each once."""
        found = (self.account_of(one) for one in self.strategies)
        yield from dict.fromkeys(one for one in found if one is not None)


def read_desks(
    env: Environment, due_at: datetime, calendar: MarketCalendar, usernames: Sequence[str] | None
) -> list[Desk]:
    """Return the desks of these users, of everybody where None, by their names."""

    def read(connection: Connection) -> list[Desk]:
        due = read_due_desks(connection, usernames)
        names = [one.username for one in due]
        watches_ahead(connection, names)
        in_force = read_rows_in_force(connection)
        watches = read_watches(connection, names)
        drifted = drifted_since(connection)
        rules = read_several(connection, names)
        return [
            Desk(
                username=one.username,
                settings=one.desk.settings,
                rules=rules[one.username],
                rows=in_force.of(one.username),
                watch=watches.get(one.username, Watch()),
                drifted=drifted.get(one.username, {}),
                **_strategies(one, due_at, calendar),
            )
            for one in due
            if one.username in rules
        ]

    return env.database.run(read, username=None)


class _Strategies(TypedDict):
    strategies: tuple[Strategy, ...]
    unreadable: tuple[tuple[StrategyRow, str], ...]


def _strategies(due: DueDesk, due_at: datetime, calendar: MarketCalendar) -> _Strategies:
    strategies: list[Strategy] = []
    unreadable: list[tuple[StrategyRow, str]] = []
    for row in due.strategies:
        try:
            strategy = row.read()
        except UnreadableStrategy as error:
            unreadable.append((row, str(error)))
            continue
        if is_scanned(strategy, due_at, calendar):
            strategies.append(strategy)
    return _Strategies(strategies=tuple(strategies), unreadable=tuple(unreadable))
