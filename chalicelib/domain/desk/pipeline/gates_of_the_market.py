"""Stages A, B, C4, E and H: what the market and the calendar say, whatever is chosen (B-02)."""

from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict, judged, lacks, passes
from chalicelib.domain.desk.pipeline.vix import vix3m_in_force, vix_in_force
from chalicelib.domain.desk.strategies.strategy_types import DIRECTIONLESS, StrategyType
from chalicelib.domain.desk.volatility.technicals import volatility_premium
from chalicelib.domain.instruments.kinds import UnderlyingKind, kind_of
from chalicelib.domain.market.indicators import Direction

MINUTES_BEFORE_CLOSE: float = 30
NOT_TRADED = "an index has no volume of its own"
_PUT_SELLING = frozenset({StrategyType.CREDIT_PUT_SPREAD, StrategyType.CASH_SECURED_PUT})
_CALL_SELLING = frozenset({StrategyType.CREDIT_CALL_SPREAD, StrategyType.COVERED_CALL})
#: How B-03 calls what the averages say.
_TREND = {Direction.BULLISH: "up", Direction.BEARISH: "down", Direction.NEUTRAL: "none"}


def universe(case: Case) -> Verdict:
    """A: there is a price, and something is listed."""
    numbers = {"spot": case.spot, "expirations": case.facts.expirations}
    if case.spot is None:
        return lacks(Stage.A, "price of the underlying", **numbers)
    if case.facts.expirations is None:
        return lacks(Stage.A, "expirations", **numbers)
    against = "no price above 0" if case.spot <= 0 else None
    if case.facts.expirations < 1:
        against = "no expiration is listed"
    return judged(Stage.A, against, **numbers)


def macro_calendar(case: Case) -> Verdict:
    """B: no release is near; a month without any row is missing data."""
    facts = case.facts
    now = next((one for one in facts.windows if one.starts_at <= facts.at < one.ends_at), None)
    rows = facts.window_rows_in_month
    if not rows and now is None:
        return lacks(
            Stage.B,
            "macro calendar of the month",
            window=None,
            **{"from": None},
            until=None,
            rows_in_month=rows,
        )
    return judged(
        Stage.B,
        None if now is None else f"inside the window of {now.name}",
        window=None if now is None else now.name,
        **{"from": None if now is None else now.starts_at},
        until=None if now is None else now.ends_at,
        rows_in_month=rows,
    )


def underlying_volume(case: Case) -> Verdict:
    """C4: the last full session traded enough, so that a morning and a backtest judge alike.

    Nobody trades an index: what a source tells for its volume is nothing, or its members'. How liquid its
    options are is what C1 to C3 ask of each leg.
    """
    share, minimum = case.facts.technicals.volume_share_pct, case.liquidity.min_underlying_volume_pct
    numbers = {"share_pct": share, "minimum_pct": float(minimum)}
    if kind_of(case.facts.underlying) is UnderlyingKind.INDEX:
        return passes(Stage.C4, NOT_TRADED, **{**numbers, "share_pct": None})
    if share is None:
        return lacks(Stage.C4, "volume of the underlying", **numbers)
    against = "the underlying traded too little" if share < float(minimum) else None
    return judged(Stage.C4, against, **numbers)


def term_structure(case: Case) -> Verdict:
    """E1: VIX below VIX3M."""
    limit = case.liquidity.max_quote_age_s
    vix, vix3m = vix_in_force(case.facts, limit), vix3m_in_force(case.facts, limit)
    numbers = {"vix": None if vix is None else vix.value, "vix3m": vix3m}
    if vix is None:
        return lacks(Stage.E1, "VIX", **numbers)
    if vix3m is None:
        return lacks(Stage.E1, "VIX3M", **numbers)
    if vix.value >= vix3m:
        return judged(Stage.E1, "backwardation", **numbers)
    return passes(Stage.E1, "VIX is yesterday's close" if vix.is_stand_in else "", **numbers)


def regime(case: Case) -> Verdict:
    """E2: premium is paid for, and nothing is sold against the trend or into one."""
    technicals = case.facts.technicals
    premium = volatility_premium(case.facts.implied_volatility, technicals.realised_volatility)
    trend, adx = technicals.trend(case.spot), technicals.adx14
    numbers = {
        "vrp": premium,
        "min_vrp": float(case.entry.min_vrp),
        "trend": None if trend is None else _TREND[trend],
        "adx": adx,
        "adx_max": float(case.entry.adx_max),
    }
    missing = _missing_of_regime(case.kind, premium, trend, adx)
    if missing is not None:
        return lacks(Stage.E2, missing, **numbers)
    return judged(Stage.E2, _against_regime(case, premium, trend, adx), **numbers)


def _missing_of_regime(
    kind: StrategyType, premium: float | None, trend: Direction | None, adx: float | None
) -> str | None:
    if kind.is_credit and premium is None:
        return "volatility premium"
    if kind in _PUT_SELLING | _CALL_SELLING and trend is None:
        return "trend"
    return "ADX" if kind in DIRECTIONLESS and adx is None else None


def _against_regime(
    case: Case, premium: float | None, trend: Direction | None, adx: float | None
) -> str | None:
    kind = case.kind
    if kind.is_credit and premium is not None and premium < float(case.entry.min_vrp):
        return "too little is implied above what is realised"
    if kind in _PUT_SELLING and trend is Direction.BEARISH:
        return "puts are not sold in a downtrend"
    if kind in _CALL_SELLING and trend is Direction.BULLISH:
        return "calls are not sold in an uptrend"
    if kind in DIRECTIONLESS and adx is not None and adx > float(case.entry.adx_max):
        return "the market trends too strongly"
    return None


def iv_rank(case: Case) -> Verdict | None:
    """E3: runs only where the strategy sets a range."""
    entry = case.entry
    if not entry.asks_iv_rank:
        return None
    stored = case.facts.iv_range
    rank = None if stored is None else stored.rank(case.facts.implied_volatility)
    low, high = (None if one is None else float(one) for one in (entry.ivr_min, entry.ivr_max))
    numbers = {
        "iv_rank": rank,
        "ivr_min": low,
        "ivr_max": high,
        "days": 0 if stored is None else stored.days,
    }
    if rank is None:
        return lacks(Stage.E3, "IV rank", **numbers)
    against = "IV rank below its range" if low is not None and rank < low else None
    if high is not None and rank > high:
        against = "IV rank above its range"
    return judged(Stage.E3, against, **numbers)


def trading_hours(case: Case) -> Verdict:
    """H: the session is open with more than 30 minutes left of it, early closes counted in."""
    at, opens_at, closes_at = case.facts.at, case.facts.opens_at, case.facts.closes_at
    if opens_at is None or closes_at is None:
        return judged(Stage.H, "no session today", session_open=False, minutes_to_close=None)
    is_open = opens_at <= at < closes_at
    left = (closes_at - at).total_seconds() / 60
    against = None if is_open else "the session is not open"
    if is_open and left <= MINUTES_BEFORE_CLOSE:
        against = "the last 30 minutes of the session"
    return judged(Stage.H, against, session_open=is_open, minutes_to_close=left)
