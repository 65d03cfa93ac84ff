"""The risk book of 500 legs, and option mathematics over a chain of 2,200 contracts (issue 14, B-09)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from infra.bench.ground import Ground
from infra.bench.measure import by_turns
from infra.bench.result import Bar, Bound, Outcome, Row

if TYPE_CHECKING:
    from chalicelib.domain.desk.risk.factors import Mover
    from chalicelib.domain.options.arrays import Contracts

BOOK_MS_MAX: Final = 150.0
CHAIN_MS_MAX: Final = 10.0
_UNDERLYINGS: Final = 20
_LEGS_EACH: Final = 25
_CONTRACTS: Final = 2_200
_PRICE: Final = 100.0
_SEED: Final = 14


def measure(ground: Ground) -> list[Outcome]:
    """Measure Greeks, scenarios and value at risk with 10,000 days, then the chain's mathematics."""
    chain, prices = _chain()
    taken = by_turns(
        {"book": _book(), "greeks": _greeks(chain), "iv": _implied(chain, prices)}, rounds=ground.sizes.rounds
    )
    legs = _UNDERLYINGS * _LEGS_EACH
    told = {
        "book": (f"Greeks, scenarios, VaR of {legs} legs with 10,000 days", BOOK_MS_MAX),
        "greeks": (f"Greeks of {_CONTRACTS:,} contracts", CHAIN_MS_MAX),
        "iv": (f"implied volatilities of {_CONTRACTS:,} contracts", CHAIN_MS_MAX),
    }
    return [
        Row(
            name=f"risk-{name}",
            what=what,
            value=taken[name].wall_ms,
            unit="ms",
            cpu_ms=taken[name].cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=limit),
        )
        for name, (what, limit) in told.items()
    ]


def _book() -> Callable[[], object]:
    from chalicelib.domain.desk.risk.figures import risk_figures

    movers = [_mover(number) for number in range(_UNDERLYINGS)]
    return lambda: risk_figures(movers, _PRICE)


def _mover(number: int) -> "Mover":
    import numpy as np

    from chalicelib.domain.desk.risk.factors import Mover
    from chalicelib.domain.desk.risk.holdings import Holdings
    from chalicelib.domain.options.arrays import Contracts, greeks

    random = np.random.default_rng([_SEED, number])
    contracts = Contracts(
        is_call=random.random(_LEGS_EACH) < 0.5,
        strike=random.uniform(0.8, 1.2, _LEGS_EACH) * _PRICE,
        years=random.uniform(5, 90, _LEGS_EACH) / 365,
    )
    volatility = random.uniform(0.15, 0.4, _LEGS_EACH)
    found = greeks(contracts, _PRICE, volatility)
    holdings = Holdings(
        symbol=f"U{number}",
        price=_PRICE,
        units=100.0 * random.choice([-2, -1, 1, 2], _LEGS_EACH),
        is_share=np.zeros(_LEGS_EACH, dtype=bool),
        is_call=contracts.is_call,
        strike=contracts.strike,
        years=contracts.years,
        volatility=volatility,
        delta=found.delta,
        gamma=found.gamma,
        vega=found.vega,
        theta=found.theta,
        beta=1.0,
    )
    return Mover(holdings=holdings, iv=0.25, iv_points=1.5, returns=0.01 * random.standard_normal(60))


def _chain() -> "tuple[Contracts, object]":
    import numpy as np

    from chalicelib.domain.options.arrays import Contracts, values

    random = np.random.default_rng(_SEED)
    contracts = Contracts(
        is_call=random.random(_CONTRACTS) < 0.5,
        strike=random.uniform(0.5, 2.0, _CONTRACTS) * _PRICE,
        years=random.uniform(1 / 365, 2, _CONTRACTS),
    )
    return contracts, values(contracts, _PRICE, random.uniform(0.05, 1.0, _CONTRACTS))


def _greeks(chain: "Contracts") -> Callable[[], object]:
    from chalicelib.domain.options.arrays import greeks

    return lambda: greeks(chain, _PRICE, 0.2)


def _implied(chain: "Contracts", prices: object) -> Callable[[], object]:
    import numpy as np

    from chalicelib.domain.options.implied import implied_volatilities

    asked = np.asarray(prices)
    return lambda: implied_volatilities(chain, asked, _PRICE)
