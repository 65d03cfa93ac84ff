"""The rules of who may enter at all, and how much is open already (C-03, C-08)."""

from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.traders.trader import TraderMode
from chalicelib.domain.ai.validation.constraint import Constraint, ConstraintName, FailsAs
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.people import Tier

POSITIONS_OF_ACCOUNT_MAX: Final = 10
PRO_POSITIONS_MAX: Final = 3
CAPPED_LIVE_TRADES: Final = 100
LIVE_CAP_USD: Final = Decimal(100)
LIVE_CAP_POSITIONS: Final = 2


def tier(case: Case) -> Constraint:
    """Free looks only; Pro trades three positions on paper; Elite trades."""
    is_live, open_now = case.trading.mode is TraderMode.LIVE, case.account.open_of_account
    match case.account.tier:
        case Tier.ELITE:
            holds, why = True, ""
        case Tier.PRO:
            holds, why = not is_live and open_now < PRO_POSITIONS_MAX, "Pro has three positions on paper"
        case _:
            holds, why = False, "the tier Free does not trade"
    return Constraint(
        name=ConstraintName.TIER,
        satisfied=holds,
        current_value=case.account.tier.value,
        required_value=Tier.ELITE.value if is_live else Tier.PRO.value,
        message=why,
    )


def kill_switch(case: Case) -> Constraint:
    """Nothing stops entries, and that is known."""
    stopped_by = case.account.stopped_by
    return Constraint(
        name=ConstraintName.KILL_SWITCH,
        satisfied=stopped_by == "",
        current_value="unreadable" if stopped_by is None else stopped_by,
        required_value="",
        message="entries are stopped",
    )


def live_short(case: Case, side: LegSide) -> Constraint:
    """Spot cannot be sold short: a short is paper only."""
    has_none = side is LegSide.SHORT and not case.trading.may_sell_short
    return Constraint(
        name=ConstraintName.LIVE_SHORT,
        satisfied=not has_none,
        current_value=side.value,
        required_value=None if case.trading.may_sell_short else LegSide.LONG.value,
        message="a short is paper only",
    )


def exchange(case: Case) -> Constraint | None:
    """The exchange says what the account has: else it is named, beside what fails for want of it."""
    account = case.account
    if account.portfolio is not None and account.free_balance is not None:
        return None
    return Constraint(
        name=ConstraintName.EXCHANGE,
        satisfied=False,
        current_value="silent",
        required_value="answering",
        message="the exchange does not say what the account has",
    )


def position(case: Case) -> Constraint:
    """Nothing is added to a position: a second one in a held symbol is refused (C-02)."""
    is_held = case.account.is_symbol_held
    return Constraint(
        name=ConstraintName.POSITION,
        satisfied=not is_held,
        current_value="held" if is_held else "none",
        required_value="none",
        message="the trader holds this symbol already",
    )


def min_confidence(case: Case) -> Constraint:
    """The confidence is the trader's minimum or more."""
    return Constraint(
        name=ConstraintName.MIN_CONFIDENCE,
        satisfied=case.confidence >= case.trading.min_confidence,
        current_value=case.confidence,
        required_value=case.trading.min_confidence,
        message="confidence too low",
        fails_as=FailsAs.CONFIDENCE,
    )


def price_age(case: Case) -> Constraint:
    """The price is of now, and the last candle that closed is there."""
    moment = case.moment
    is_candle_there = moment.candle_at is not None and moment.candle_at >= moment.candle_due_at
    age = None if moment.price_at is None else Decimal(str((moment.now - moment.price_at).total_seconds()))
    return Constraint(
        name=ConstraintName.PRICE_AGE,
        satisfied=moment.fresh_price is not None and is_candle_there,
        current_value=age,
        required_value=60,
        message="the price or the last candle is too old",
    )


def positions_of_trader(case: Case) -> Constraint:
    """The trader has a slot."""
    return _slots(
        ConstraintName.MAX_POSITIONS_TRADER, case.account.open_of_trader, case.trading.max_positions
    )


def positions_of_account(case: Case) -> Constraint:
    """All traders of the account together have one."""
    return _slots(
        ConstraintName.MAX_POSITIONS_ACCOUNT, case.account.open_of_account, POSITIONS_OF_ACCOUNT_MAX
    )


def _slots(name: ConstraintName, taken: int, most: int) -> Constraint:
    return Constraint(
        name=name,
        satisfied=taken < most,
        current_value=taken,
        required_value=most,
        message="every slot is taken",
        fails_as=FailsAs.QUEUED,
    )


def daily_drawdown(case: Case) -> Constraint:
    """Neither the trader nor the account has lost the day's limit."""
    limit = case.trading.max_daily_drawdown_pct
    found = (case.account.trader_drawdown.daily_pct, case.account.account_drawdown.daily_pct)
    return _drawdown(ConstraintName.DAILY_DRAWDOWN, found, limit)


def total_drawdown(case: Case) -> Constraint:
    """Neither has fallen from its peak by the limit."""
    limit = case.trading.max_total_drawdown_pct
    found = (case.account.trader_drawdown.total_pct, case.account.account_drawdown.total_pct)
    return _drawdown(ConstraintName.TOTAL_DRAWDOWN, found, limit)


def _drawdown(name: ConstraintName, found: tuple[Decimal | None, ...], limit: Decimal) -> Constraint:
    """A breach is at the limit or beyond (C-13)."""
    known = [one for one in found if one is not None]
    worst = max(known) if len(known) == len(found) else None
    return Constraint(
        name=name,
        satisfied=worst is not None and worst < limit,
        current_value=worst,
        required_value=limit,
        message="the drawdown has reached its limit",
    )


def live_cap(case: Case, worth: Decimal | None) -> Constraint | None:
    """The first hundred live trades are small, and two at a time; after them until the owner lifts it."""
    account = case.account
    if case.trading.mode is TraderMode.PAPER:
        return None
    if account.is_live_cap_lifted and account.live_trades >= CAPPED_LIVE_TRADES:
        return None
    holds = worth is not None and worth <= LIVE_CAP_USD and account.live_positions < LIVE_CAP_POSITIONS
    return Constraint(
        name=ConstraintName.LIVE_CAP,
        satisfied=holds,
        current_value=worth,
        required_value=LIVE_CAP_USD,
        message="the first live trades are capped",
    )
