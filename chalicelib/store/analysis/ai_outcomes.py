"""What AI traders' trades came to, what moved their stops, and what their models cost (C-09)."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import LIVE, PAPER, BrokerMode
from chalicelib.domain.analysis.metrics.traders import AiOutcome, EndedBy
from chalicelib.store.analysis.confidences import ENTRY_DECISION
from chalicelib.store.analysis.outcomes import outcome_of, select_outcomes
from chalicelib.store.trades.trade_lists import HAS_TAG

_MODES: Final = {
    kind: [mode.value for mode in BrokerMode if mode.environment == kind] for kind in (PAPER, LIVE)
}
DAYS_DEFAULT: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AiFilter:
    """Which trades of traders: ended within [from_at, to_at], of one trader or all, `mode` paper or live."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    trader_id: UUID | None = None
    mode: str | None = None
    tag: str | None = None

    def within_days(self, now: datetime) -> "AiFilter":
        """Return the filter with a beginning: without one the first of the last 30 UTC days."""
        last = (self.to_at or now).astimezone(UTC).date()
        first = datetime.combine(last - timedelta(days=DAYS_DEFAULT - 1), time(), UTC)
        return replace(self, from_at=self.from_at or first)

    @property
    def modes(self) -> list[str]:
        """Return the broker modes that count."""
        return [*_MODES[PAPER], *_MODES[LIVE]] if self.mode is None else _MODES[self.mode]

    def values(self, username: str) -> dict[str, object]:
        """Return what the statements here are asked with."""
        return {
            "username": username,
            "from_at": self.from_at,
            "to_at": self.to_at,
            "trader_id": None if self.trader_id is None else str(self.trader_id),
            "modes": self.modes,
            "tag": self.tag,
        }


#: Of trades `t`: a model that left by its own word did, a person's hand and a switch are nobody's rules.
_ENDED_BY: Final = """
    case when t.close_reason in ('MANUAL_CLOSE', 'KILL_SWITCH', 'LIQUIDATED_BY_BROKER') then 'person'
         when exists (
             select from decisions left_by where left_by.username = t.username and left_by.trade_id = t.id
               and left_by.decision = 'CLOSE' and left_by.outcome = 'EXECUTED' and left_by.source = 'MODEL'
         ) then 'model' else 'rules' end
"""
_OF_TRADERS: Final = """
    t.originator = 'AI' and t.broker_mode = any(cast(:modes as text[]))
    and (cast(:trader_id as text) is null or t.originator_id = :trader_id)
"""
_ENDED: Final = """
    and (cast(:from_at as timestamptz) is null or t.close_date >= :from_at)
    and (cast(:to_at as timestamptz) is null or t.close_date <= :to_at)
"""
_COLUMNS: Final = f"""
    , t.originator_id as trader_id, said.confidence as confidence, {_ENDED_BY} as ended_by,
    t.broker_mode as broker_mode
"""
_TRADES: Final = select_outcomes(
    f" and {_OF_TRADERS} {_ENDED} and (cast(:tag as text) is null or {HAS_TAG})",
    more=_COLUMNS,
    joins=f"left join lateral ({ENTRY_DECISION}) said on true",
)
#: A stop of a long that rose, of a short that fell; the first one that is set moves nothing.
_STOPS: Final = text(
    f"""
    select c.triggered_by, count(*) as moves,
           count(*) filter (where (c.after > c.before) = (l.side = 'LONG')) as toward_profit
    from (
        select trade_id, username, triggered_by, (before ->> 'sl_price')::numeric as before,
               (after ->> 'sl_price')::numeric as after
        from trade_changes where username = :username and state = 'APPLIED'
          and (cast(:from_at as timestamptz) is null or at >= :from_at)
          and (cast(:to_at as timestamptz) is null or at <= :to_at)
    ) c
    join paper_trades t on t.id = c.trade_id and t.username = c.username
    join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where {_OF_TRADERS} and c.before <> c.after
    group by c.triggered_by order by c.triggered_by
    """  # noqa: S608 - words of this module
)
_COSTS: Final = text(
    """
    select trader_id, day, sum(spent_usd) as usd, sum(calls) as calls from ai_costs
    where username = :username and (cast(:from_day as date) is null or day >= :from_day)
      and (cast(:to_day as date) is null or day <= :to_day)
      and (cast(:trader_id as text) is null or trader_id = cast(:trader_id as uuid))
    group by trader_id, day order by day, trader_id
    """
)
_DECIDED: Final = text(
    """
    select count(*) as decisions, sum(cost_usd) as usd from decisions
    where username = :username and cost_usd is not null
      and (cast(:from_at as timestamptz) is null or at >= :from_at)
      and (cast(:to_at as timestamptz) is null or at <= :to_at)
      and (cast(:trader_id as text) is null or trader_id = cast(:trader_id as uuid))
    """
)
_START: Final = text(
    """
    select start_equity from ai_paper_starts where username = :username
      and (cast(:to_at as timestamptz) is null or at <= :to_at)
    order by at desc, id desc limit 1
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMoves:
    """How often stops were moved by one of model, rules and people, and how often toward profit."""

    triggered_by: str
    moves: int
    toward_profit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """What a trader's model calls cost on a UTC day, dollars."""

    trader_id: UUID
    day: date
    usd: Decimal
    calls: int


def read_ai_outcomes(connection: Connection, username: str, wanted: AiFilter) -> list[AiOutcome]:
    """Read traders' ended trades in the order in which they ended."""
    rows = connection.execute(_TRADES, wanted.values(username)).all()
    return [
        AiOutcome(
            outcome=outcome_of(row),
            trader_id=UUID(row.trader_id),
            confidence=row.confidence,
            ended_by=EndedBy(row.ended_by),
            is_live=BrokerMode(row.broker_mode).is_live,
        )
        for row in rows
    ]


def read_stop_moves(connection: Connection, username: str, wanted: AiFilter) -> list[StopMoves]:
    """Count the stops that were moved in the period, by who moved them."""
    rows = connection.execute(_STOPS, wanted.values(username))
    return [
        StopMoves(triggered_by=row.triggered_by, moves=row.moves, toward_profit=row.toward_profit)
        for row in rows
    ]


def read_costs(connection: Connection, username: str, wanted: AiFilter) -> list[DayCost]:
    """Read what models cost, a row a trader and UTC day, oldest first; whatever money they traded."""
    days = {
        "from_day": None if wanted.from_at is None else wanted.from_at.astimezone(UTC).date(),
        "to_day": None if wanted.to_at is None else wanted.to_at.astimezone(UTC).date(),
    }
    rows = connection.execute(_COSTS, {**wanted.values(username), **days})
    return [DayCost(trader_id=row.trader_id, day=row.day, usd=row.usd, calls=row.calls) for row in rows]


def read_cost_of_decisions(
    connection: Connection, username: str, wanted: AiFilter
) -> tuple[int, Decimal | None]:
    """Count the decisions that are kept and that cost something, and add up what they cost."""
    row = connection.execute(_DECIDED, wanted.values(username)).one()
    return row.decisions, row.usd


def read_start(connection: Connection, username: str, to_at: datetime | None) -> Decimal | None:
    """Return what the paper account started with at its last reset until then; None: never noted."""
    asked = {"username": username, "to_at": to_at}
    found: Decimal | None = connection.execute(_START, asked).scalar()
    return found
