"""The checks of a result, each by name, with what it found in plain words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.bias.crises import crises_in, worst_of
from chalicelib.domain.backtest.bias.look_ahead import changed_decisions
from chalicelib.domain.backtest.bias.significance import DRAWS, TRADES_MIN, bootstrap
from chalicelib.domain.backtest.figures import r_of
from chalicelib.domain.backtest.kept import Kept
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.results import Check, Number
from chalicelib.domain.money import ZERO
from chalicelib.domain.spelling import as_result, in_dollars

#: More of the profit than this out of fills inside the spread, and the profit is the fill rule's.
_BETTER_SHARE_MAX: Final = 0.1
_LUCK_MAX: Final = 0.05
_NEIGHBOURS_SHARE: Final = 2 / 3
_GAPS_TOLD: Final = 5


def checks_of(march: March, days: Sequence[date]) -> tuple[Check, ...]:
    """Make all checks of a march whose first run is told and whose others are its neighbours."""
    run, *beside = march.runs
    kept, capital, seed = run.kept(), run.asked.initial_capital, run.asked.seed
    looked_at, changed = changed_decisions(run, march.history, days, seed)
    return (
        _look_ahead(looked_at, changed),
        _gaps(kept, len(days)),
        _significance(kept, seed),
        _crises(kept, capital),
        _fills(kept),
        _sensitivity(kept, [_total(one.kept()) for one in beside]),
    )


def _look_ahead(looked_at: int, changed: Sequence[date]) -> Check:
    words = (
        f"{looked_at} decisions were made again with everything after them scrambled; none changed."
        if not changed
        else f"{len(changed)} of {looked_at} decisions changed when what came after them was scrambled: the "
        f"result knows the future, first on {changed[0].isoformat()}."
    )
    numbers = (_number("decisions", looked_at), _number("changed", len(changed)))
    return Check(name="look_ahead", passed=not changed, words=words, numbers=numbers)


def _gaps(kept: Kept, days: int) -> Check:
    gaps, missing = kept.gaps, sorted({one.source for one in kept.lacks if one.source != "chains"})
    told = ", ".join(day.isoformat() for day in gaps[:_GAPS_TOLD])
    more = f" and {len(gaps) - _GAPS_TOLD} more" if len(gaps) > _GAPS_TOLD else ""
    words = (
        f"{len(gaps)} of {days} sessions have no usable chain ({told}{more}): nothing happens then."
        if gaps
        else f"Each of {days} sessions has a chain."
    )
    if missing:
        words += f" Not there on some days or all: {', '.join(missing)}."
    return Check(
        name="data_gaps",
        passed=not gaps and not missing,
        words=words,
        numbers=(_number("sessions", days), _number("without_chain", len(gaps))),
    )


def _significance(kept: Kept, seed: int) -> Check:
    pnls = [float(one.realized_pnl) for one in kept.trades]
    drawn = bootstrap(pnls, seed)
    if drawn is None:
        words = f"{len(pnls)} trades are too few to tell skill from luck; {TRADES_MIN} are the least."
        return Check(name="significance", passed=None, words=words, numbers=(_number("trades", len(pnls)),))
    in_r = bootstrap([float(r) for one in kept.trades if (r := r_of(one)) is not None], seed)
    words = (
        f"Drawn {DRAWS:,} times anew from its own {len(pnls)} trades, {drawn.without_profit:.0%} of the "
        f"results made no money; a mean trade makes "
        f"{as_result(Decimal(drawn.low))} to {as_result(Decimal(drawn.high))} (95%)."
    )
    return Check(
        name="significance",
        passed=drawn.without_profit <= _LUCK_MAX,
        words=words,
        numbers=(
            _number("trades", len(pnls)),
            _number("mean_low", drawn.low),
            _number("mean_high", drawn.high),
            _number("without_profit", drawn.without_profit),
            Number(name="r_low", value=None if in_r is None else in_r.low),
            Number(name="r_high", value=None if in_r is None else in_r.high),
        ),
    )


def _crises(kept: Kept, capital: Decimal) -> Check:
    known = list(crises_in(kept.equity, capital))
    worst = [one for one in (worst_of(kept.equity, capital, days) for days in (5, 21)) if one is not None]
    told = ", ".join(f"{one.name} {as_result(one.pnl)}" for one in known)
    words = f"Known crises in it: {told}." if known else "No known crisis lies wholly in it."
    if worst:
        words += " Its worst: " + ", ".join(f"{one.name} {as_result(one.pnl)}" for one in worst) + "."
    numbers = [_number(one.name, float(one.pnl)) for one in known]
    numbers += [
        _number(name, float(one.pnl)) for name, one in zip(("worst_5", "worst_21"), worst, strict=False)
    ]
    return Check(name="crises", passed=bool(known), words=words, numbers=tuple(numbers))


def _fills(kept: Kept) -> Check:
    better, total = sum((one.better for one in kept.trades), ZERO), _total(kept)
    share = float(better / total) if total > 0 else None
    words = f"Fills better than bids and asks at the time brought {in_dollars(better)} of {as_result(total)}"
    words += "." if share is None else f", {share:.0%} of the profit."
    return Check(
        name="fills",
        passed=better == 0 if share is None else share <= _BETTER_SHARE_MAX,
        words=words,
        numbers=(
            _number("better_than_natural", float(better)),
            Number(name="share_of_profit", value=share),
        ),
    )


def _sensitivity(kept: Kept, beside: Sequence[Decimal]) -> Check:
    total = _total(kept)
    if not beside or not kept.trades:
        words = "There is nothing beside it to compare with."
        return Check(name="sensitivity", passed=None, words=words)
    alike = sum((one > 0) == (total > 0) for one in beside)
    words = (
        f"{alike} of {len(beside)} strategies with one value a little less or more come out alike; "
        f"they make {as_result(min(beside))} to {as_result(max(beside))}, this one {as_result(total)}."
    )
    return Check(
        name="sensitivity",
        passed=alike / len(beside) >= _NEIGHBOURS_SHARE,
        words=words,
        numbers=(
            _number("neighbours", len(beside)),
            _number("alike", alike),
            _number("lowest", float(min(beside))),
            _number("highest", float(max(beside))),
        ),
    )


def _total(kept: Kept) -> Decimal:
    return sum((one.realized_pnl for one in kept.trades), ZERO)


def _number(name: str, value: float) -> Number:
    return Number(name=name, value=float(value))
