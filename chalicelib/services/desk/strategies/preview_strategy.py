"""What the desk would do by a strategy that nobody has stored, at this moment (B-14); nothing comes of it.

The same look at the market, the same account and the same judging as a scan's, and the structure that it
would enter drawn. Vendors are asked as for a page: within the asker's share, and chains that were just read
are not asked for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import Balance
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.desk.kill_switch.tripping import Watch
from chalicelib.domain.desk.pipeline.evaluate import Rehearsal, rehearse
from chalicelib.domain.desk.pipeline.scanning import is_in_window
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.desk.market.gather import Look, ask_daily_facts, gather
from chalicelib.services.desk.market.gathered import Gathered, wanted_by
from chalicelib.services.desk.scanning.account_facts import read_books_of
from chalicelib.services.desk.scanning.judging import blocks_of
from chalicelib.services.desk.scanning.scanned_desks import Desk
from chalicelib.services.desk.strategies.manage_strategies import invalid
from chalicelib.services.desk.strategies.structure_picture import StructurePicture, picture_of
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.account import renewed
from chalicelib.services.users.settings import require
from chalicelib.store.accounts.account_readings import AccountReading, last_reading
from chalicelib.store.desk import settings as desk_settings
from chalicelib.store.desk.drift import drifted_since
from chalicelib.store.desk.kill_switch import read_rows_of
from chalicelib.vendors.deadline import Deadline

VENDORS_SECONDS_MAX: Final = 8.0
#: What was read so lately is not asked for again while somebody types.
_CHAINS_GOOD_FOR: Final = timedelta(seconds=60)
_FACTS_GOOD_FOR: Final = timedelta(minutes=15)
_BALANCE_GOOD_FOR: Final = timedelta(minutes=5)
#: A strategy is tried before it has a name.
_NAMELESS: Final = "Not named yet"
BOT_OFF: Final = "bot_off"
WINDOW: Final = "entry_window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What keeps a strategy from being scanned, whatever the market says."""

    cause: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPreview:
    """What a scan would come to now: every stage's word, what stands in the way, and the structure drawn.

    `picture` is None without a structure; `read_at` is when the oldest chain was read, None: none was.
    `trouble` is what sources refused.
    """

    at: datetime
    rehearsal: Rehearsal
    standing: tuple[Standing, ...]
    picture: StructurePicture | None
    read_at: datetime | None
    source: str | None
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Whoever asks: the desk as a scan would see it, its bot, and what the broker last said."""

    desk: Desk
    is_bot_on: bool
    account: AccountRef | None
    reading: AccountReading | None


def preview_strategy(
    env: Environment, kept: KeptAnswers, username: str, body: dict[str, JsonValue]
) -> StrategyPreview:
    """Judge what a body describes over the market as it stands, and store nothing; raises Invalid."""
    strategy = _read(env, body)
    calendar = env.database.run(lambda connection: calendar_of(env, connection), username=username)
    asker = env.database.run(lambda connection: _asker(connection, username, strategy), username=username)
    deadline = Deadline(env.clock, seconds=VENDORS_SECONDS_MAX)
    market = _market(env, kept, username, strategy, deadline)
    balances = {} if asker.account is None else {asker.account: _balance(env, asker.account, asker.reading)}
    accounts = read_books_of(env, [asker.desk], balances, calendar, username=username)
    snapshot = market.snapshot_for(strategy.underlying, accounts.facts_of(asker.desk, strategy))
    rehearsal = rehearse(snapshot, strategy, asker.desk.settings)
    seen = market.underlyings[strategy.underlying]
    chain = seen.origins.get("chain")
    return StrategyPreview(
        at=market.at,
        rehearsal=rehearsal,
        standing=tuple(_standing(asker, strategy, market)),
        picture=picture_of(rehearsal, asker.desk.settings.caps),
        read_at=None if chain is None else chain.at,
        source=None if chain is None else chain.source,
        trouble=tuple(dict.fromkeys(seen.trouble)),
    )


def _read(env: Environment, body: dict[str, JsonValue]) -> Strategy:
    named = {**body, "name": body.get("name") or _NAMELESS}
    found = read_strategy(plain_json(named), env.randomness.uuid7(env.clock.now()), 1)
    if isinstance(found, Strategy):
        return found
    raise invalid(found)


def _asker(connection: Connection, username: str, strategy: Strategy) -> _Asker:
    row = desk_settings.read(connection, username)
    desk = Desk(
        username=username,
        settings=row.settings,
        rules=require(connection, username),
        strategies=(strategy,),
        unreadable=(),
        rows=read_rows_of(connection, username),
        watch=Watch(),
        drifted=drifted_since(connection).get(username, {}),
    )
    account = desk.account_of(strategy)
    reading = None if account is None else last_reading(connection, account)
    return _Asker(desk=desk, is_bot_on=row.bot.on, account=account, reading=reading)


def _market(
    env: Environment, kept: KeptAnswers, username: str, strategy: Strategy, deadline: Deadline
) -> Gathered:
    (wanted,) = wanted_by([(username, strategy)])
    look = Look(purpose=Purpose.PAGE, chains_good_for=_CHAINS_GOOD_FOR, is_kept=False)
    today = new_york_date(env.clock.now()).isoformat()
    known = kept.answer(
        (username, "daily facts", strategy.underlying, today),
        lambda: ask_daily_facts(env, wanted, look, deadline),
        fresh_for=_FACTS_GOOD_FOR,
    )
    return gather(env, [wanted], deadline=deadline, look=replace(look, known=known.answer))


def _balance(env: Environment, account: AccountRef, reading: AccountReading | None) -> Balance | None:
    found = renewed(env, account, reading, _BALANCE_GOOD_FOR)
    if found is None:
        return None
    return Balance(equity=found.equity, cash=found.cash, buying_power=found.buying_power)


def _standing(asker: _Asker, strategy: Strategy, market: Gathered) -> Iterator[Standing]:
    """Yield what would keep it from entering whatever the stages say, the bot first."""
    if not asker.is_bot_on:
        yield Standing(cause=BOT_OFF, reason="the bot is off: nothing is scanned for")
    if not is_in_window(strategy.entry_conditions, market.at):
        yield Standing(cause=WINDOW, reason="outside its own hours of entering")
    day_began_at = new_york_midnight(new_york_date(market.at))
    for block in blocks_of(asker.desk, strategy, day_began_at):
        yield Standing(cause=block.cause, reason=block.reason)
