"""The rules of an entry, each a function of the case and the wish (C-03). A short is the mirror of a long."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.decisions.decision import TakeProfit
from chalicelib.domain.ai.sizing import BALANCE_SHARE, PORTFOLIO_SHARE
from chalicelib.domain.ai.traders.trader import MAX_RISK_PCT
from chalicelib.domain.ai.validation.constraint import Constraint, ConstraintName, FailsAs
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO

ENTRY_PRICE_PCT: Final = Decimal("0.5")
SL_RANGES_MIN: Final = Decimal("0.25")
TP_RANGES_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An entry as it would be sent: `limit` None is market; prices and quantity are on their steps."""

    side: LegSide
    limit: Decimal | None
    stop: Decimal | None
    targets: tuple[TakeProfit, ...]
    quantity: Decimal

    @property
    def sign(self) -> int:
        """Return 1 for a long position, -1 for a short one."""
        return self.side.sign

    def entry(self, case: Case) -> Decimal | None:
        """Return the price that is paid: the limit, or the present price."""
        return self.limit if self.limit is not None else case.moment.fresh_price

    def notional(self, case: Case) -> Decimal | None:
        """Return what it takes, in the quote's money."""
        entry = self.entry(case)
        return None if entry is None else entry * self.quantity


def entry_price(case: Case, wish: Wish) -> Constraint:
    """A limit is at most half a per cent worse than the present price."""
    price, entry = case.moment.fresh_price, wish.entry(case)
    most = None if price is None else price * (1 + wish.sign * ENTRY_PRICE_PCT / 100)
    holds = most is not None and entry is not None and (most - entry) * wish.sign >= 0
    return Constraint(
        name=ConstraintName.ENTRY_PRICE,
        satisfied=holds,
        current_value=entry,
        required_value=most,
        message="the entry is too far from the present price",
    )


def stop_required(_case: Case, wish: Wish) -> Constraint:
    """No entry without a stop."""
    return Constraint(
        name=ConstraintName.STOP_REQUIRED,
        satisfied=wish.stop is not None,
        current_value=wish.stop,
        required_value="a stop",
        message="there is no stop",
    )


def stop_side(case: Case, wish: Wish) -> Constraint:
    """The stop is where the position loses."""
    entry = wish.entry(case)
    holds = entry is not None and wish.stop is not None and (entry - wish.stop) * wish.sign > 0
    return Constraint(
        name=ConstraintName.STOP_SIDE,
        satisfied=holds,
        current_value=wish.stop,
        required_value=entry,
        message="the stop is on the wrong side of the entry",
    )


def min_stop_distance(case: Case, wish: Wish) -> Constraint:
    """The stop is a quarter of an average range away: nearer, noise alone reaches it."""
    entry, atr = wish.entry(case), case.moment.atr
    distance = None if entry is None or wish.stop is None else abs(entry - wish.stop)
    least = None if atr is None else atr * SL_RANGES_MIN
    return Constraint(
        name=ConstraintName.MIN_SL_DISTANCE,
        satisfied=distance is not None and least is not None and distance >= least,
        current_value=distance,
        required_value=least,
        message="the stop is too near",
    )


def max_risk(case: Case, wish: Wish) -> Constraint:
    """Loss at the stop with the fees of both sides, against a share of the portfolio."""
    entry, portfolio = wish.entry(case), case.account.portfolio
    share = min(case.trading.max_risk_pct, MAX_RISK_PCT)
    allowed = None if portfolio is None else portfolio * share / 100
    risk = None
    if entry is not None and wish.stop is not None:
        risk = (abs(entry - wish.stop) + (entry + wish.stop) * case.moment.fee_rate) * wish.quantity
    return Constraint(
        name=ConstraintName.MAX_RISK_PER_TRADE,
        satisfied=risk is not None and allowed is not None and risk <= allowed,
        current_value=risk,
        required_value=allowed,
        message="the stop would lose too much",
        fails_as=FailsAs.ERROR if risk is None or allowed is None else FailsAs.SIZE,
    )


def max_position_size(case: Case, wish: Wish) -> Constraint:
    """A fifth of the portfolio at most."""
    portfolio = case.account.portfolio
    allowed = None if portfolio is None else portfolio * PORTFOLIO_SHARE
    return _money(ConstraintName.MAX_POSITION_SIZE, wish.notional(case), allowed, "the position is too large")


def correlated_exposure(case: Case, wish: Wish) -> Constraint:
    """This with everything that moves with it, against a share of the portfolio."""
    portfolio, others, own = case.account.portfolio, case.account.correlated, wish.notional(case)
    allowed = None if portfolio is None else portfolio * case.trading.max_correlated_pct / 100
    together = None if others is None or own is None else others + own
    return _money(
        ConstraintName.CORRELATED_EXPOSURE, together, allowed, "too much is open that moves with this"
    )


def balance(case: Case, wish: Wish) -> Constraint:
    """A tenth of the free balance stays free."""
    free = case.account.free_balance
    allowed = None if free is None else free * BALANCE_SHARE
    return _money(ConstraintName.BALANCE, wish.notional(case), allowed, "the balance is too small")


def _money(
    name: ConstraintName, current: Decimal | None, allowed: Decimal | None, message: str
) -> Constraint:
    known = current is not None and allowed is not None
    return Constraint(
        name=name,
        satisfied=current is not None and allowed is not None and current <= allowed,
        current_value=current,
        required_value=allowed,
        message=message,
        fails_as=FailsAs.SIZE if known else FailsAs.ERROR,
    )


def targets_beyond_fees(case: Case, sign: int, targets: Sequence[TakeProfit]) -> Constraint:
    """Each target brings more than the fees of both sides; shares are parts of one."""
    price = case.moment.fresh_price
    least = None if price is None else price * (1 + sign * 2 * case.moment.fee_rate)
    nearest = min((target.price for target in targets), key=lambda one: one * sign, default=None)
    beyond = nearest is None or (least is not None and (nearest - least) * sign > 0)
    return Constraint(
        name=ConstraintName.TP_BEYOND_FEES,
        satisfied=beyond and sum((target.share for target in targets), ZERO) <= 1,
        current_value=nearest,
        required_value=least,
        message="a target would not even bring its fees, or shares are more than all",
    )


def target_distance(case: Case, wish: Wish) -> Constraint:
    """A target ten average ranges away is hardly meant: told, not refused."""
    entry, atr = wish.entry(case), case.moment.atr
    farthest = max((target.price for target in wish.targets), key=lambda one: one * wish.sign, default=None)
    distance = None if farthest is None or entry is None else abs(farthest - entry)
    most = None if atr is None else atr * TP_RANGES_MAX
    return Constraint(
        name=ConstraintName.TP_DISTANCE,
        satisfied=distance is None or (most is not None and distance <= most),
        current_value=distance,
        required_value=most,
        message="a target is very far away",
        fails_as=FailsAs.WARNING,
    )


def tick(case: Case, wish: Wish) -> Constraint:
    """Prices are on the exchange's step, as they are sent."""
    filters = case.moment.filters
    prices = [wish.limit, wish.stop, *(target.price for target in wish.targets)]
    off = [one for one in prices if one is not None and (filters is None or not filters.is_on_tick(one))]
    return Constraint(
        name=ConstraintName.TICK,
        satisfied=filters is not None and not off,
        current_value=off[0] if off else None,
        required_value=None if filters is None else filters.tick,
        message="a price is off the exchange's step",
    )


def lot(case: Case, quantity: Decimal) -> Constraint:
    """The quantity is on the exchange's step, and not too little."""
    filters = case.moment.filters
    return Constraint(
        name=ConstraintName.LOT,
        satisfied=filters is not None and filters.is_on_lot(quantity),
        current_value=quantity,
        required_value=None if filters is None else filters.lot,
        message="the quantity is off the exchange's step",
    )


def notional(case: Case, quantity: Decimal, price: Decimal | None) -> Constraint:
    """It is worth the exchange's least."""
    filters = case.moment.filters
    worth = None if price is None else price * quantity
    least = None if filters is None else filters.least_notional
    return Constraint(
        name=ConstraintName.NOTIONAL,
        satisfied=worth is not None and least is not None and worth >= least,
        current_value=worth,
        required_value=least,
        message="it is worth less than the exchange takes",
    )
