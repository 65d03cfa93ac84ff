"""Condors, credit spreads and lone shorts of one expiry, all at once."""

from functools import partial
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ExpiryChain
from chalicelib.domain.desk.selection.economics import after_slippage
from chalicelib.domain.desk.selection.ends import ends_below, mean_payoffs
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.ranking import Demands, Figures, Ranked, best_of, better
from chalicelib.domain.desk.selection.verticals import Indices, Verticals
from chalicelib.domain.instruments.symbols import OptionType

Array = npt.NDArray[np.float64]

#: So many structures are worked out at a time: what a processor's cache holds.
BLOCK: Final = 16_384


def rank_condors(chain: ExpiryChain, puts: Verticals, calls: Verticals, demands: Demands) -> Ranked:
    """Rank every put spread with every call spread above it, a block of put spreads at a time."""
    found = Ranked()
    rows = max(1, BLOCK // max(len(calls), 1))
    shorts = np.concatenate([puts.short, calls.short])
    below_puts, below_calls = np.split(ends_below(chain.strikes[shorts], demands.view), [len(puts)])
    for start in range(0, len(puts) if len(calls) else 0, rows):
        chosen = slice(start, start + rows)
        block = puts.chosen(chosen)
        best = best_of(_condors(chain, block, calls, (below_puts[chosen], below_calls), demands), demands)
        found = better(found, best, partial(_condor_legs, chain, block, calls))
    return found


def _condors(
    chain: ExpiryChain, puts: Verticals, calls: Verticals, below: tuple[Array, Array], demands: Demands
) -> Figures:
    below_puts, below_calls = below
    mid = puts.credit[:, None] + calls.credit[None, :]
    wing = np.maximum(puts.width[:, None], calls.width[None, :])
    credit = after_slippage(mid)
    is_apart = chain.strikes[puts.short][:, None] < chain.strikes[calls.short][None, :]
    return Figures(
        credit=mid,
        pop=below_calls[None, :] - below_puts[:, None],
        max_profit=credit * demands.multiplier,
        max_loss=(wing - credit) * demands.multiplier,
        gamma=puts.gamma[:, None] + calls.gamma[None, :],
        fits=is_apart & (mid > 0),
    )


def rank_spreads(chain: ExpiryChain, pairs: Verticals, demands: Demands) -> Ranked:
    """Rank credit spreads of one right."""
    below = ends_below(chain.strikes[pairs.short], demands.view)
    credit = after_slippage(pairs.credit)
    figures = Figures(
        credit=pairs.credit,
        pop=1.0 - below if pairs.right is OptionType.PUT else below,
        max_profit=credit * demands.multiplier,
        max_loss=(pairs.width - credit) * demands.multiplier,
        gamma=pairs.gamma,
        fits=pairs.credit > 0,
    )
    return better(Ranked(), best_of(figures, demands), lambda index: spread_legs(chain, pairs, index))


def rank_singles(chain: ExpiryChain, right: OptionType, shorts: Indices, demands: Demands) -> Ranked:
    """Rank lone short options of one right, covered by cash or by shares."""
    side, strikes = chain.side(right), chain.strikes[shorts]
    mid = side.mid[shorts]
    below = ends_below(strikes, demands.view)
    pop = 1.0 - below if right is OptionType.PUT else below
    credit = after_slippage(mid)
    deviation = max(demands.view.sigma * sqrt(demands.view.years), np.finfo(np.float64).tiny)
    pays = mean_payoffs(strikes, right is OptionType.CALL, demands.view.spot, deviation)
    given = np.divide(pays, 1.0 - pop, out=np.zeros_like(pays), where=pop < 1.0)
    figures = Figures(
        credit=mid,
        pop=pop,
        max_profit=credit * demands.multiplier,
        max_loss=np.maximum(given - credit, 0.0) * demands.multiplier,
        gamma=-side.gamma[shorts],
        fits=mid > 0,
    )
    return better(
        Ranked(), best_of(figures, demands), lambda index: (chain.leg(right, int(shorts[index]), -1),)
    )


def spread_legs(chain: ExpiryChain, pairs: Verticals, index: int) -> tuple[LegQuote, ...]:
    """Return the legs of one vertical by strike."""
    legs = (
        chain.leg(pairs.right, int(pairs.short[index]), -1),
        chain.leg(pairs.right, int(pairs.far[index]), 1),
    )
    return tuple(sorted(legs, key=lambda leg: leg.strike))


def _condor_legs(chain: ExpiryChain, puts: Verticals, calls: Verticals, index: int) -> tuple[LegQuote, ...]:
    row, column = divmod(index, len(calls))
    return (*spread_legs(chain, puts, row), *spread_legs(chain, calls, column))
