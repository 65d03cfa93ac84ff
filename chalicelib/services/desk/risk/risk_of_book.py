"""One book's risk out of its legs and what is known of the market; numpy is imported here (B-09)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from chalicelib.domain.desk.book import Caps
from chalicelib.domain.desk.risk.factors import Mover
from chalicelib.domain.desk.risk.figures import (
    Concentration,
    RiskEvent,
    RiskFigures,
    events,
    risk_figures,
    utilisation,
)
from chalicelib.domain.desk.risk.histories import Past, beta, rho, usual_change
from chalicelib.domain.desk.risk.holdings import Holdings
from chalicelib.domain.desk.risk.solving import with_solved
from chalicelib.domain.desk.selection.view import years_left
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.market.stored_facts import VIX
from chalicelib.store.desk.risk_legs import RiskLeg

MARKET: Final = "SPY"
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskMarket:
    """What is known of the market: prices and pasts by underlying; VIX's past is a stand-in for IV's."""

    at: datetime
    today: date
    closes_at: datetime | None
    prices: Mapping[str, float]
    pasts: Mapping[str, Past]

    def years_to(self, expiry: date) -> float:
        """Return the years to an expiry."""
        return years_left((expiry - self.today).days, self.at, self.closes_at)

    def past(self, symbol: str) -> Past:
        """Return an underlying's past, an empty one where nothing is known."""
        return self.pasts.get(symbol, Past())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a user's book is held against."""

    caps: Caps
    max_daily_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAtRisk:
    """What positions may lose at most, by ticker, and the equity behind them; None is not known."""

    losses: tuple[tuple[str, float], ...] = ()
    equity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOut:
    """A book as it is stored, and what stands against it; None: it could not be worked out."""

    figures: dict[str, JsonValue]
    events: tuple[RiskEvent, ...] | None


def work_out_book(
    legs: Sequence[RiskLeg], market: RiskMarket, money: MoneyAtRisk, limits: Limits
) -> WorkedOut:
    """Return the risk of a book; without legs all of it is nothing."""
    concentration = _concentration(money)
    movers = [
        _mover(symbol, list(held), market) for symbol, held in groupby(legs, key=lambda leg: leg.ticker)
    ]
    reasons = [one for one in movers if isinstance(one, str)]
    if reasons:
        return WorkedOut(figures=_unknown(legs, concentration, "; ".join(reasons)), events=None)
    known = [one for one in movers if not isinstance(one, str)]
    found = risk_figures(known, market.prices.get(MARKET))
    told = events(found, limits.caps, concentration, limits.max_daily_loss)
    return WorkedOut(figures=_known(legs, found, concentration, limits, told), events=told)


def _mover(symbol: str, legs: Sequence[RiskLeg], market: RiskMarket) -> Mover | str:
    """Return an underlying's day, or why it is not known."""
    past = market.past(symbol)
    own = [leg.iv for leg in legs if leg.iv is not None]
    newest = past.ivs[-1][1] if past.ivs else None
    iv = newest or (sum(own) / len(own) if own else past.realised())
    holdings = holdings_of(symbol, legs, market, iv)
    if not holdings.are_known:
        return f"not every leg of {symbol} has Greeks and a price"
    changes = list(past.iv_changes().values())
    points = usual_change(changes)
    if points is None:
        points = usual_change([change for _, change in _vix_changes(market)])
    if iv is None or (points is None and own):
        return f"nobody says how {symbol} or its volatility moves"
    return Mover(
        holdings=holdings, iv=iv, iv_points=points or 0.0, rho=rho(past), returns=past.last_returns()
    )


def _vix_changes(market: RiskMarket) -> list[tuple[date, float]]:
    """Return VIX's daily changes: its close is a volatility in points."""
    closes = market.past(VIX).closes
    return [(day, now - before) for (_, before), (day, now) in pairwise(closes)]


def _holdings(symbol: str, legs: Sequence[RiskLeg], market: RiskMarket) -> Holdings:
    price = market.prices.get(symbol) or next((leg.underlying for leg in legs if leg.underlying), 0.0)
    is_share = np.array([leg.instrument != Instrument.OPTION for leg in legs])

    def column(name: str, of_a_share: float) -> "np.typing.NDArray[np.float64]":
        found = [getattr(leg, name) for leg in legs]
        known = np.array([np.nan if one is None else one for one in found], dtype=np.float64)
        return np.where(is_share, of_a_share, known)

    years = [np.nan if leg.expiry is None else market.years_to(leg.expiry) for leg in legs]
    past = market.past(symbol)
    return Holdings(
        symbol=symbol,
        price=float(price),
        units=np.array([leg.units for leg in legs]),
        is_share=is_share,
        is_call=np.array([leg.option_type == OptionType.CALL for leg in legs]),
        strike=column("strike", np.nan),
        years=np.array(years, dtype=np.float64),
        volatility=column("iv", np.nan),
        delta=column("delta", 1.0),
        gamma=column("gamma", 0.0),
        vega=column("vega", 0.0),
        theta=column("theta", 0.0),
        beta=1.0 if symbol == MARKET else beta(past, market.past(MARKET)),
    )


def holdings_of(symbol: str, legs: Sequence[RiskLeg], market: RiskMarket, iv: float | None) -> Holdings:
    """Return an underlying's legs; what the vendor did not tell is filled in out of their last marks."""
    holdings = _holdings(symbol, legs, market)
    marks, spots = (
        np.array([np.nan if one is None else one for one in told], dtype=np.float64)
        for told in ([leg.mark for leg in legs], [leg.underlying for leg in legs])
    )
    return with_solved(holdings, marks, spots, iv)


def _concentration(money: MoneyAtRisk) -> Concentration:
    by_underlying: dict[str, float] = {}
    for ticker, loss in money.losses:
        by_underlying[ticker] = by_underlying.get(ticker, 0.0) + loss
    return Concentration(
        positions=[loss for _, loss in money.losses], underlyings=by_underlying, equity=money.equity
    )


def _shares(concentration: Concentration) -> dict[str, JsonValue]:
    return {
        "max_single_position_pct": _per_cent(concentration.position_share),
        "max_single_underlying_pct": _per_cent(concentration.underlying_share),
    }


def _unknown(legs: Sequence[RiskLeg], concentration: Concentration, why: str) -> dict[str, JsonValue]:
    return {"legs": len(legs), "unknown": why, "breaches": [], **_shares(concentration)}


def _known(
    legs: Sequence[RiskLeg],
    found: RiskFigures,
    concentration: Concentration,
    limits: Limits,
    told: Sequence[RiskEvent],
) -> dict[str, JsonValue]:
    net, used = found.net, utilisation(found.net, limits.caps)
    at_risk: dict[str, JsonValue] = {}
    for name, one in (("95", found.var_95), ("99", found.var_99)):
        at_risk[f"var_{name}_1d"] = _rounded(one.shown)
        at_risk[f"var_{name}_1d_approximate"] = _rounded(one.approximate)
        at_risk[f"var_{name}_1d_full"] = _rounded(one.full)
    return {
        "legs": len(legs),
        "net_delta_shares": _rounded(net.delta),
        "net_gamma_shares_per_dollar": _rounded(net.gamma),
        "net_vega_usd_per_1vol": _rounded(net.vega),
        "net_theta_usd_per_day": _rounded(net.theta),
        "beta_weighted_delta": _rounded(net.beta_weighted_delta),
        "guessed_betas": list(net.guessed_betas),
        **_by_scenario(found.scenarios),
        "rough": _by_scenario(found.rough),
        **at_risk,
        **_shares(concentration),
        "delta_utilization_pct": _per_cent(used[0]),
        "gamma_utilization_pct": _per_cent(used[1]),
        "vega_utilization_pct": _per_cent(used[2]),
        "breaches": [
            {"name": one.name, "value": _rounded(one.figure), "limit": _rounded(one.limit)}
            for one in told
            if one.blocks
        ],
    }


def _by_scenario(dollars: Mapping[str, float]) -> dict[str, JsonValue]:
    return {f"pnl_{name}": _rounded(one) for name, one in dollars.items()}


def _per_cent(share: float | None) -> float | None:
    return None if share is None else _rounded(share * 100)


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS)
