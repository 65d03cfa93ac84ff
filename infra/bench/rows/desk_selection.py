"""One desk strategy over a chain of 2,200 contracts: a condor's structures ranked, all gates judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING, Final
from uuid import UUID

from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import NextEarnings
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, Snapshot, evaluate
from chalicelib.domain.desk.pipeline.facts import AccountFacts, DailyClose, Facts, Reading
from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Between, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.desk.volatility.technicals import Technicals
from chalicelib.domain.instruments.symbols import OptionType
from infra.bench.ground import MORNING, Ground
from infra.bench.measure import by_turns
from infra.bench.result import Bar, Bound, Outcome, Peer, Row

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from chalicelib.domain.desk.selection.chains import Chain, ExpiryChain

MILLISECONDS_MAX: Final = 15.0
STRUCTURES_PER_SECOND_MIN: Final = 1_000_000
RATIO_MAX: Final = 3.0
_SPOT: Final = 600.0
_EXPIRIES: Final = 10
_STRIKES: Final = 110
_ATM_IV: Final = 0.16
_REALISED: Final = 0.10


def measure(ground: Ground) -> list[Outcome]:
    """Measure; laying the chain out is done once a scan for all strategies and is left out."""
    facts, chain = _facts(), _chain()
    plain, wide = _strategy(ranges=False), _strategy(ranges=True)

    def judged(strategy: Strategy) -> Evaluation:
        """Judge on a chain of which nothing is worked out yet: what is, serves the next who asks the same."""
        return evaluate(Snapshot(facts=facts, chain=_anew(chain)), strategy, DeskSettings())

    taken = by_turns(
        {"plain": lambda: judged(plain), "wide": lambda: judged(wide), "bare": _bare(chain, wide)},
        rounds=ground.sizes.rounds,
    )
    structures = judged(wide).inputs.selection.candidates
    return [
        Row(
            name="desk_evaluation",
            what=f"one condor strategy over {2 * _EXPIRIES * _STRIKES:,} contracts, all gates",
            value=taken["plain"].wall_ms,
            unit="ms",
            cpu_ms=taken["plain"].cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
        ),
        Row(
            name="desk_ranges",
            what=f"all {structures:,} condors in the ranges of the same chain",
            value=taken["wide"].wall_ms,
            unit="ms",
            cpu_ms=taken["wide"].cpu_ms,
            peer=Peer(name="numpy over the same arrays", value=taken["bare"].wall_ms),
            bar=Bar(bound=Bound.RATIO_MOST, limit=RATIO_MAX),
        ),
        Row(
            name="desk_structures",
            what="structures ranked a second",
            value=structures / taken["wide"].wall_ms * 1000,
            unit="structures/s",
            bar=Bar(bound=Bound.VALUE_LEAST, limit=STRUCTURES_PER_SECOND_MIN),
        ),
    ]


def _strategy(*, ranges: bool) -> Strategy:
    found = read_strategy(proposed_body(StrategyType.IRON_CONDOR, "SPY"), UUID(int=1), 1)
    assert isinstance(found, Strategy)
    if not ranges:
        return found
    entry = replace(
        found.entry_conditions,
        short_delta=Between(low=Decimal("0.05"), high=Decimal("0.40")),
        wing_width=Between(low=Decimal(2), high=Decimal(14)),
        max_gamma_loss_1pct=Decimal(100_000),
    )
    return replace(found, entry_conditions=entry)


def _facts() -> Facts:
    return Facts(
        at=MORNING,
        underlying="SPY",
        spot=Reading(value=_SPOT, at=MORNING),
        expirations=_EXPIRIES,
        technicals=Technicals(
            ema20=599.0, sma50=601.0, adx14=15.0, realised_volatility=_REALISED, volume_share_pct=100.0
        ),
        implied_volatility=_ATM_IV,
        vix=Reading(value=16.0, at=MORNING),
        vix_close=DailyClose(day=MORNING.date() - timedelta(days=1), value=16.0),
        vix3m=Reading(value=18.0, at=MORNING),
        window_rows_in_month=4,
        earnings=NextEarnings(),
        opens_at=MORNING - timedelta(minutes=10),
        closes_at=MORNING + timedelta(minutes=380),
        account=AccountFacts(balance=Decimal(100_000), book=Book(delta=0.0, gamma=0.0, vega=0.0)),
    )


def _chain() -> "Chain":
    from chalicelib.domain.desk.selection.chains import Chain

    first = MORNING.date() + timedelta(days=30)
    return Chain(expiries=tuple(_expiry(first + timedelta(days=3 * i)) for i in range(_EXPIRIES)))


def _anew(chain: "Chain") -> "Chain":
    expiries = [replace(one, calls=replace(one.calls), puts=replace(one.puts)) for one in chain.expiries]
    return type(chain)(expiries=tuple(expiries))


def _expiry(expiry: date) -> "ExpiryChain":
    """Return both rights of 110 strikes, priced with a smile and with Greeks as a vendor has them."""
    import numpy as np

    from chalicelib.domain.desk.selection.chains import ChainSide, ExpiryChain
    from chalicelib.domain.desk.selection.ends import mean_payoffs
    from chalicelib.domain.desk.selection.solving import with_greeks

    dte = (expiry - MORNING.date()).days
    strikes = np.linspace(490.0, 490.0 + 2.0 * (_STRIKES - 1), _STRIKES, dtype=np.float64)
    iv = _ATM_IV - 0.35 * np.minimum(strikes / _SPOT - 1, 0)
    unknown = np.full(_STRIKES, np.nan)

    def side(right: OptionType) -> ChainSide:
        worth = mean_payoffs(strikes, right is OptionType.CALL, _SPOT, iv * sqrt(dte / 365))
        return ChainSide(
            is_listed=np.ones(_STRIKES, dtype=np.bool_),
            bid=np.maximum(np.round(worth * 0.99, 2), 0.01),
            ask=np.round(worth * 1.01, 2) + 0.01,
            volume=np.full(_STRIKES, 500.0),
            open_interest=np.full(_STRIKES, 5000.0),
            age_s=np.ones(_STRIKES),
            iv=iv,
            delta=unknown,
            gamma=unknown,
            vega=unknown,
            is_solved=np.zeros(_STRIKES, dtype=np.bool_),
        )

    chain = ExpiryChain(
        root="SPY",
        expiry=expiry,
        dte=dte,
        multiplier=100.0,
        strikes=strikes,
        calls=side(OptionType.CALL),
        puts=side(OptionType.PUT),
    )
    return with_greeks(chain, _SPOT, dte / 365)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """Spreads of one right: credit, width, chance to end below the short strike, gamma."""

    credit: "npt.NDArray[np.float64]"
    width: "npt.NDArray[np.float64]"
    below: "npt.NDArray[np.float64]"
    gamma: "npt.NDArray[np.float64]"


def _bare(chain: "Chain", strategy: Strategy) -> Callable[[], float]:
    """Return numpy's part alone: EV_net of the same structures, the same demands, the best one."""
    from chalicelib.domain.desk.selection.ends import ends_below
    from chalicelib.domain.desk.selection.verticals import shorts_by_delta, verticals
    from chalicelib.domain.desk.selection.view import View

    entry = strategy.entry_conditions
    assert entry.short_delta is not None
    assert entry.wing_width is not None
    pairs: list[tuple[_Side, _Side]] = []
    for one in chain.expiries:
        view = View(spot=_SPOT, years=one.dte / 365, sigma=_REALISED)
        sides = []
        for right in (OptionType.PUT, OptionType.CALL):
            found = verticals(one, right, shorts_by_delta(one, right, entry.short_delta), entry.wing_width)
            below = ends_below(one.strikes[found.short], view)
            sides.append(_Side(credit=found.credit, width=found.width, below=below, gamma=found.gamma))
        pairs.append((sides[0], sides[1]))
    return lambda: max(_best_ev(puts, calls) for puts, calls in pairs)


def _best_ev(puts: _Side, calls: _Side) -> float:
    import numpy as np

    mid = puts.credit[:, None] + calls.credit[None, :]
    credit = mid * 0.995
    loss = np.maximum(puts.width[:, None], calls.width[None, :]) - credit
    pop = calls.below[None, :] - puts.below[:, None]
    ev = pop * credit * 100 - (1 - pop) * loss * 100 - 2.8
    moves = np.abs(puts.gamma[:, None] + calls.gamma[None, :]) * 50 * (0.01 * _SPOT) ** 2
    fits = (mid >= 0.10) & (loss >= 0) & (moves <= 100_000)
    return float(np.where(fits, ev, -np.inf).max())
