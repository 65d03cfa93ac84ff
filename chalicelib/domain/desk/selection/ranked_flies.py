"""Iron flies, iron butterflies and butterflies of one expiry, all at once.

An iron fly has its body at the strike nearest to spot and equal wings; an iron butterfly takes whatever body
is worth most, and its wings may differ; a butterfly is paid for, 1-2-1, in puts below spot and calls above.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from math import inf
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ExpiryChain
from chalicelib.domain.desk.selection.economics import after_slippage, debit_after_slippage
from chalicelib.domain.desk.selection.ends import ends_below
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.ranked_spreads import spread_legs
from chalicelib.domain.desk.selection.ranking import Demands, Figures, Ranked, best_of, better
from chalicelib.domain.desk.selection.verticals import Indices, Verticals, verticals
from chalicelib.domain.desk.strategies.strategy import Between
from chalicelib.domain.instruments.symbols import OptionType

Array = npt.NDArray[np.float64]

_EVERY: Final = Between(low=Decimal(0), high=Decimal(1_000_000))


def rank_iron_flies(chain: ExpiryChain, spot: float, width: Between, demands: Demands) -> Ranked:
    """Rank iron flies around the strike nearest to spot with equal wings."""
    bodies = _bodies(chain)
    if not len(bodies):
        return Ranked()
    body = bodies[[int(np.argmin(np.abs(chain.strikes[bodies] - spot)))]]
    puts, calls = (verticals(chain, right, body, _EVERY) for right in (OptionType.PUT, OptionType.CALL))
    rows, columns = np.nonzero(np.isclose(puts.width[:, None], calls.width[None, :]))
    kept = _of_width(puts.width[rows], width)
    return _rank_iron(chain, puts.chosen(rows[kept]), calls.chosen(columns[kept]), demands)


def rank_iron_butterflies(
    chain: ExpiryChain, put_width: Between, call_width: Between, demands: Demands
) -> Ranked:
    """Rank iron butterflies around every body with both its wings."""
    bodies = _bodies(chain)
    puts = verticals(chain, OptionType.PUT, bodies, put_width)
    calls = verticals(chain, OptionType.CALL, bodies, call_width)
    rows, columns = np.nonzero(puts.short[:, None] == calls.short[None, :])
    return _rank_iron(chain, puts.chosen(rows), calls.chosen(columns), demands)


def rank_butterflies(chain: ExpiryChain, spot: float, width: Between, demands: Demands) -> Ranked:
    """Rank long butterflies around every body with equal wings: puts below spot, calls from there on."""
    found = Ranked()
    free = replace(demands, min_credit=-inf)
    for right, is_side in ((OptionType.PUT, chain.strikes < spot), (OptionType.CALL, chain.strikes >= spot)):
        low, body, high = _symmetric(
            chain, np.flatnonzero(is_side & chain.side(right).is_listed), right, width
        )
        figures = _butterflies(chain, right, (low, body, high), demands)
        best = best_of(figures, free)
        found = better(found, best, partial(_butterfly_legs, chain, right, (low, body, high)))
    return found


def _rank_iron(chain: ExpiryChain, puts: Verticals, calls: Verticals, demands: Demands) -> Ranked:
    body = chain.strikes[puts.short]
    mid = puts.credit + calls.credit
    credit = after_slippage(mid)
    low = np.where(credit < puts.width, body - credit, 0.0)
    high = np.where(credit < calls.width, body + credit, np.inf)
    figures = Figures(
        credit=mid,
        pop=np.maximum(ends_below(high, demands.view) - ends_below(low, demands.view), 0.0),
        max_profit=credit / 2 * demands.multiplier,
        max_loss=(np.maximum(puts.width, calls.width) - credit) * demands.multiplier,
        gamma=puts.gamma + calls.gamma,
        fits=mid > 0,
    )
    return better(
        Ranked(),
        best_of(figures, demands),
        lambda index: (*spread_legs(chain, puts, index), *spread_legs(chain, calls, index)),
    )


def _butterflies(
    chain: ExpiryChain, right: OptionType, strikes: tuple[Indices, Indices, Indices], demands: Demands
) -> Figures:
    low, body, high = strikes
    side = chain.side(right)
    mid = side.mid
    debit = mid[low] + mid[high] - 2 * mid[body]
    paid = debit_after_slippage(debit)
    wing = chain.strikes[high] - chain.strikes[body]
    view = demands.view
    inside = ends_below(chain.strikes[high] - paid, view) - ends_below(chain.strikes[low] + paid, view)
    return Figures(
        credit=-debit,
        pop=np.maximum(inside, 0.0),
        max_profit=(wing - paid) / 2 * demands.multiplier,
        max_loss=paid * demands.multiplier,
        gamma=side.gamma[low] + side.gamma[high] - 2 * side.gamma[body],
        fits=(debit > 0) & (paid < wing),
    )


def _butterfly_legs(
    chain: ExpiryChain, right: OptionType, strikes: tuple[Indices, Indices, Indices], index: int
) -> tuple[LegQuote, ...]:
    counts = zip(strikes, (1, -2, 1), strict=True)
    return tuple(chain.leg(right, int(of_leg[index]), units) for of_leg, units in counts)


def _bodies(chain: ExpiryChain) -> Indices:
    return np.flatnonzero(chain.calls.is_listed & chain.puts.is_listed)


def _of_width(widths: Array, wanted: Between) -> Indices:
    """Return which widths lie in a range, or are nearest to a target."""
    if not wanted.is_target:
        return np.flatnonzero((widths >= float(wanted.low)) & (widths <= float(wanted.high)))
    if not len(widths):
        return np.flatnonzero(widths)
    apart = np.abs(widths - float(wanted.low))
    return np.flatnonzero(apart == apart.min())[:1]


def _symmetric(
    chain: ExpiryChain, bodies: Indices, right: OptionType, width: Between
) -> tuple[Indices, Indices, Indices]:
    """Return the strikes of every body with wings as far below as above, the nearest to a target width."""
    listed = chain.side(right).is_listed
    thousandths = np.rint(chain.strikes * 1000).astype(np.int64)
    body, high = np.nonzero(listed[None, :] & (thousandths[None, :] > thousandths[bodies][:, None]))
    twin = 2 * thousandths[bodies[body]] - thousandths[high]
    low = np.minimum(np.searchsorted(thousandths, twin), len(thousandths) - 1)
    is_whole = (thousandths[low] == twin) & listed[low]
    body, high, low = body[is_whole], high[is_whole], low[is_whole]
    widths = chain.strikes[high] - chain.strikes[bodies[body]]
    if width.is_target:
        kept = _nearest_of_each(body, np.abs(widths - float(width.low)))
    else:
        kept = _of_width(widths, width)
    return low[kept], bodies[body[kept]], high[kept]


def _nearest_of_each(groups: Indices, apart: Array) -> Indices:
    """Return the index of the smallest value in each group, the first of equals."""
    order = np.lexsort((apart, groups))
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = groups[order][1:] != groups[order][:-1]
    return order[is_first]
