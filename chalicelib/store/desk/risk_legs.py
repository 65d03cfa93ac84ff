"""The legs of users' books as they were last marked, for the risk of holding them (B-09).

What is held, not what may still fill. A leg's figures are its last usable mark's, not older than the caller
says; without one they are None, and so is what the book could lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

_LEGS: Final = text(
    """
    select t.username, t.broker_mode as mode, t.ticker, l.instrument, l.option_type,
           cast(l.strike as double precision) as strike, l.expiry, u.units,
           cast(s.iv as double precision) as iv, cast(s.delta as double precision) as delta,
           cast(s.gamma as double precision) as gamma, cast(s.theta as double precision) as theta,
           cast(s.vega as double precision) as vega, cast(s.mark_price as double precision) as mark,
           cast(s.underlying as double precision) as underlying
    from paper_trades t join trade_legs l on l.trade_id = t.id
    cross join lateral (
        select cast(coalesce(l.apart_qty, t.open_qty * l.ratio) * l.multiplier
            * case l.side when 'SHORT' then -1 else 1 end as double precision) as units
    ) u
    left join lateral (
        select iv, delta, gamma, theta, vega, mark_price, underlying from price_snapshots
        where trade_id = t.id and leg_no = l.leg_no and "timestamp" >= :since and not stale
        order by "timestamp" desc limit 1
    ) s on true
    where not t.is_locked and u.units <> 0 and l.instrument <> 'CRYPTO' and t.shadow_of is null
      and (cast(:username as text) is null or t.username = :username and t.broker_mode = :mode)
    order by t.username, t.broker_mode, t.ticker, t.id, l.leg_no
    """
)
_LOSSES: Final = text(
    """
    select t.username, t.broker_mode as mode, t.ticker, t.id as trade_id, t.structure,
           cast(t.risk_basis * t.open_qty / nullif(t.filled_qty, 0) as double precision) as loss
    from paper_trades t
    where not t.is_locked and t.open_qty > 0 and t.username = any(cast(:usernames as text[]))
      and t.shadow_of is null
      and exists (select from trade_legs l where l.trade_id = t.id and l.instrument <> 'CRYPTO')
    order by t.username, t.broker_mode, t.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLeg:
    """One held leg, units below 0 are short. Per share mark and Greeks, yearly IV, as last seen; None: none.

    `underlying` is its underlying's price when it was marked.
    """

    username: str
    mode: str
    ticker: str
    instrument: str
    option_type: str | None
    strike: float | None
    expiry: date | None
    units: float
    iv: float | None
    delta: float | None
    gamma: float | None
    theta: float | None
    vega: float | None
    mark: float | None
    underlying: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossAtMost:
    """What one position may lose at most, in dollars; None: nobody knows. `structure` is its shape's name."""

    username: str
    mode: str
    ticker: str
    trade_id: UUID
    structure: str | None
    loss: float | None


def read_risk_legs(
    connection: Connection, since: datetime, *, only: tuple[str, str] | None = None
) -> list[RiskLeg]:
    """Read everybody's held legs, by user, kind of money and ticker; or `only` one user's of one kind."""
    username, mode = only or (None, None)
    rows = connection.execute(_LEGS, {"since": since, "username": username, "mode": mode})
    return [RiskLeg(**row._mapping) for row in rows]


def read_losses(connection: Connection, usernames: Sequence[str]) -> list[LossAtMost]:
    """Read what positions of these users may lose at most."""
    rows = connection.execute(_LOSSES, {"usernames": list(usernames)})
    return [LossAtMost(**row._mapping) for row in rows]
