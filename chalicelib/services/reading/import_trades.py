"""Past trades taken over from a spreadsheet: ended, of mode IMPORTED, outside all broker checks.

All or nothing: one row that cannot be read keeps the whole file out. The same row again, in this file's next
version or another file, is found by its fingerprint and left alone. What a file brought can be taken back as
a whole.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.importing.near import NearDuplicate, near_duplicates, split_known
from chalicelib.domain.importing.our_export import LeftOut
from chalicelib.domain.importing.past_trade import PastTrade
from chalicelib.domain.importing.past_trades import ReadFile, RowFault, read_past_trades
from chalicelib.domain.money import ZERO, percent
from chalicelib.domain.trading.quota import quota_breaches
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, RiskLimitReached
from chalicelib.services.listing import Listing
from chalicelib.store.analysis.outcomes import OutcomeFilter, read_outcomes
from chalicelib.store.trades import past_trades as store
from chalicelib.store.trades.exposure import stored_of
from chalicelib.store.trades.past_trades import TradeImport

FAULTS_SHOWN_MAX: Final = 100
NEAR_SHOWN_MAX: Final = 100
#: The figures do not look at it.
NOT_STORED: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What a file holds and what became of it.

    `new` are the trades that are not here yet and `known` those that are; for a dry run `imported` is 0 and
    there is no `import_id`. `figures` are those of all imported trades as they stand with the new ones.
    """

    import_id: UUID | None
    rows: int
    imported: int
    new: int
    known: int
    near_duplicates: tuple[NearDuplicate, ...]
    left_out: tuple[LeftOut, ...]
    total_pnl: Decimal
    figures: Summary
    faults: tuple[RowFault, ...]
    trade_ids: tuple[UUID, ...]


def import_trades(env: Environment, username: str, text: str, *, dry_run: bool) -> ImportReport:
    """Take a file's trades over, or say what would be taken over. Raises Invalid for a file with faults,
    RiskLimitReached for more than a user may keep.
    """
    read = read_past_trades(text, now=env.clock.now())
    if read.faults and not dry_run:
        raise Invalid([_field_error(fault) for fault in read.faults[:FAULTS_SHOWN_MAX]])
    return env.database.run(
        lambda connection: _import(env, connection, username, read, dry_run=dry_run), username=username
    )


def _field_error(fault: RowFault) -> FieldError:
    place = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
    return FieldError(field=place, message=fault.message)


def _import(
    env: Environment, connection: Connection, username: str, read: ReadFile, *, dry_run: bool
) -> ImportReport:
    here = store.known_trades(connection, username, read.trades)
    new, known = split_known(read.trades, here)
    if not dry_run:
        for breach in quota_breaches(stored_of(connection, username), store.weight_of(new)):
            raise RiskLimitReached(breach.limit, breach.value, breach.allowed)
    import_id = _new_id(env)
    before = read_outcomes(connection, username, OutcomeFilter(mode=BrokerMode.IMPORTED))
    ids = (
        []
        if dry_run
        else store.insert_past_trades(connection, username, import_id, new, lambda: _new_id(env))
    )
    return ImportReport(
        import_id=import_id if ids else None,
        rows=len(read.trades) + len({fault.row for fault in read.faults}),
        imported=len(ids),
        new=len(new),
        known=len(known),
        near_duplicates=near_duplicates(new, here)[:NEAR_SHOWN_MAX],
        left_out=read.left_out[:FAULTS_SHOWN_MAX],
        total_pnl=sum((trade.net_pnl for trade in new), ZERO),
        figures=summarize([*before, *(_outcome(trade) for trade in new)]),
        faults=read.faults[:FAULTS_SHOWN_MAX],
        trade_ids=tuple(ids),
    )


def _outcome(trade: PastTrade) -> Outcome:
    """See a past trade as the figures do."""
    return Outcome(
        trade_id=NOT_STORED,
        ticker=trade.ticker,
        strategy=trade.strategy,
        option_type=None if trade.contract is None else trade.contract.option_type,
        side=trade.side,
        close_reason=trade.close_reason,
        pnl=trade.net_pnl,
        pnl_pct=percent(trade.net_pnl, trade.risk_basis),
        r=trade.net_pnl / trade.risk_basis if trade.risk_basis else None,
        fees=trade.fees,
        entered_at=trade.entry_at,
        closed_at=trade.closed_at,
        hold_hours=trade.held_hours,
        entry_price=trade.entry_price,
        bid=None,
        ask=None,
        score=trade.card_score,
        delta=None,
        ai_verdict=trade.ai_verdict,
        mfe_pct=None,
        mae_pct=None,
    )


def _new_id(env: Environment) -> UUID:
    return env.randomness.uuid7(env.clock.now())


def list_imports(env: Environment, username: str) -> Listing[TradeImport]:
    """Return what was imported when, newest first."""
    found = env.database.run(lambda connection: store.list_imports(connection, username), username=username)
    return Listing(items=found, as_of=env.clock.now())


def undo_import(env: Environment, username: str, import_id: UUID) -> None:
    """Take an import back as a whole; raises NotFound for one that is not this user's or was undone."""

    def work(connection: Connection) -> None:
        known = {one.id for one in store.list_imports(connection, username) if one.undone_at is None}
        if import_id not in known:
            raise NotFound("import")
        store.undo_import(connection, username, import_id, env.clock.now())

    env.database.run(work, username=username)
