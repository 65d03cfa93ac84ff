"""A user's book pictured as it was last marked: over price and volatility, and what may lose most (B-14).

Nobody is asked: legs count at their last marks, as in the book that is kept before an order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.services.desk.risk.read_risk import mode_of
from chalicelib.services.desk.risk.risk_book import Held, Whose, money_of, read_held
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.desk.risk_legs import LossAtMost, RiskLeg

if TYPE_CHECKING:
    from chalicelib.domain.desk.risk.holdings import Holdings
    from chalicelib.domain.desk.risk.surface import Surface
    from chalicelib.services.desk.risk.risk_of_book import RiskMarket

#: Of each list the largest are told.
TOLD_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPicture:
    """One kind of money's book at an instant; `surface` None: it is not known, `unknown` says why.

    `positions` and `underlyings` may lose most, largest first; `equity` in dollars, None: not known.
    """

    at: datetime
    mode: str
    legs: int
    days: int
    surface: "Surface | None"
    unknown: str | None
    positions: Sequence[LossAtMost]
    underlyings: Sequence[tuple[str, float]]
    equity: float | None


def picture_risk(env: Environment, username: str, mode: BrokerMode | None, days: int) -> RiskPicture:
    """Value a user's book over moves of price and volatility, so many days on."""

    def read(connection: Connection) -> tuple[Whose, Held, MarketCalendar]:
        whose = (username, mode_of(connection, username, mode))
        return whose, read_held(env, connection, only=whose), calendar_of(env, connection)

    whose, held, calendar = env.database.run(read, username=username)
    legs = held.legs[whose]
    found = _surface(legs, _market(env, calendar), days)
    losses = [one for one in held.losses if one.mode == whose[1] and one.loss is not None]
    money = money_of(held, held.readings).get(whose)
    return RiskPicture(
        at=env.clock.now(),
        mode=whose[1],
        legs=len(legs),
        days=days,
        surface=None if isinstance(found, str) else found,
        unknown=found if isinstance(found, str) else None,
        positions=sorted(losses, key=_loss, reverse=True)[:TOLD_MAX],
        underlyings=sorted(_by_underlying(losses).items(), key=lambda one: -one[1])[:TOLD_MAX],
        equity=None if money is None else money.equity,
    )


def _loss(one: LossAtMost) -> float:
    return one.loss or 0.0


def _by_underlying(losses: Sequence[LossAtMost]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for one in losses:
        found[one.ticker] = found.get(one.ticker, 0.0) + _loss(one)
    return found


def _market(env: Environment, calendar: MarketCalendar) -> "RiskMarket":
    from chalicelib.services.desk.risk.risk_of_book import RiskMarket

    now = env.clock.now()
    today = new_york_date(now)
    session = calendar.session(today)
    closes_at = None if session is None else session.closes_at
    return RiskMarket(at=now, today=today, closes_at=closes_at, prices={}, pasts={})


def _surface(legs: Sequence[RiskLeg], market: "RiskMarket", days: int) -> "Surface | str":
    """Return the surface, or whose legs are not known."""
    # numpy comes with it: only who looks pays for it.
    from chalicelib.domain.desk.risk.surface import surface

    book = [_holdings(ticker, list(of), market) for ticker, of in groupby(legs, key=lambda leg: leg.ticker)]
    unknown = [one.symbol for one in book if not one.are_known]
    if unknown:
        return f"not every leg of {', '.join(unknown)} has Greeks and a price"
    return surface(book, days)


def _holdings(ticker: str, legs: Sequence[RiskLeg], market: "RiskMarket") -> "Holdings":
    from chalicelib.services.desk.risk.risk_of_book import holdings_of

    own = [leg.iv for leg in legs if leg.iv is not None]
    return holdings_of(ticker, legs, market, sum(own) / len(own) if own else None)
