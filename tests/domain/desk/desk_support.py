"""A market for the desk's tests: a chain priced by Black-Scholes over a smile, small to write."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, Snapshot, evaluate
from chalicelib.domain.desk.pipeline.facts import AccountFacts, DailyClose, Facts, Reading
from chalicelib.domain.desk.selection.chains import Chain, chain_of
from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.desk.volatility.iv_history import IvRange
from chalicelib.domain.desk.volatility.technicals import Technicals
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.options.black_scholes import Conditions, greeks, value

#: 10:00 in New York on the local stack's default day.
AT: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
TODAY: Final = date(2026, 2, 19)
SPOT: Final = 600.0
REALISED: Final = 0.10
ATM_IV: Final = 0.16
EXPIRIES: Final = tuple(TODAY + timedelta(days=days) for days in (15, 29, 43, 57))

Change = Callable[[OptionQuote], OptionQuote | None]


def smile(strike: float, spot: float = SPOT, atm: float = ATM_IV) -> float:
    """Return an IV: puts are dearer than calls, as of an index."""
    away = strike / spot - 1
    return atm - 0.35 * min(away, 0) - 0.05 * max(away, 0)


def quotes(
    *,
    spot: float = SPOT,
    expiries: Sequence[date] = EXPIRIES,
    strikes: Iterable[float] = range(480, 725, 5),
    atm: float = ATM_IV,
    root: str = "SPY",
    half_spread: float = 0.02,
) -> list[OptionQuote]:
    """Return both rights of every strike: 500 traded, 5,000 open, quoted a second ago, Greeks by model."""
    found = []
    for expiry in expiries:
        years = (expiry - TODAY).days / 365
        for strike in strikes:
            at = Conditions(spot=spot, years=years, rate=0.0, volatility=smile(strike, spot, atm))
            for right in OptionType:
                found.append(_quote(root, expiry, strike, right, at, half_spread))
    return found


def _quote(
    root: str, expiry: date, strike: float, right: OptionType, at: Conditions, half_spread: float
) -> OptionQuote:
    contract = OptionContract(root=root, expiry=expiry, option_type=right, strike=Decimal(str(strike)))
    worth, told = value(right, strike, at), greeks(right, strike, at)
    half = max(half_spread * worth / 2, 0.005)
    return OptionQuote(
        symbol=contract.to_occ(),
        bid=Decimal(f"{max(worth - half, 0):.2f}"),
        ask=Decimal(f"{worth + half + 0.005:.2f}"),
        bid_size=50,
        ask_size=50,
        last=None,
        quoted_at=AT - timedelta(seconds=1),
        source="TEST",
        delay_seconds=0,
        volume=500,
        open_interest=5000,
        delta=Decimal(f"{told.delta:.6f}"),
        gamma=Decimal(f"{told.gamma:.8f}"),
        theta=Decimal(f"{told.theta:.6f}"),
        vega=Decimal(f"{told.vega:.6f}"),
        iv=Decimal(f"{at.volatility:.6f}"),
    )


def chain(change: Change = lambda quote: quote, **market: Any) -> Chain:
    """Lay out the market's quotes, each changed first; None leaves a contract out."""
    changed = (change(quote) for quote in quotes(**market))
    return chain_of((quote for quote in changed if quote is not None), AT)


def of_symbol(symbol: str, **changes: Any) -> Change:
    """Change one contract's quote."""
    return lambda quote: replace(quote, **changes) if quote.symbol == symbol else quote


def strategy(kind: StrategyType = StrategyType.IRON_CONDOR, **changes: Any) -> Strategy:
    """Return what the builder proposes on SPY, a block's fields changed by `block__field`."""
    body: dict[str, Any] = dict(proposed_body(kind, "SPY"))
    for path, value_ in changes.items():
        *blocks, name = path.split("__")
        place = body
        for block in blocks:
            place = place.setdefault(block, {})
        place[name] = value_
    found = read_strategy(body, UUID(int=1), 1)
    assert isinstance(found, Strategy), found
    return found


def facts(**changes: Any) -> Facts:
    """Return facts of a quiet morning on which every gate passes; account's fields by `account__field`."""
    of_account = {
        name.removeprefix("account__"): changes.pop(name)
        for name in [*changes]
        if name.startswith("account__")
    }
    return replace(QUIET, account=replace(QUIET.account, **of_account), **changes)


def judged(
    strategy_: Strategy | None = None,
    desk: DeskSettings | None = None,
    market: Chain | None = None,
    **changes: Any,
) -> Evaluation:
    """Evaluate a strategy, by default the builder's condor, on a quiet morning that is changed so."""
    return evaluate(
        Snapshot(facts=facts(**changes), chain=chain() if market is None else market),
        strategy_ or strategy(),
        desk or DeskSettings(),
    )


QUIET: Final = Facts(
    at=AT,
    underlying="SPY",
    spot=Reading(value=SPOT, at=AT - timedelta(seconds=1)),
    expirations=len(EXPIRIES),
    technicals=Technicals(
        ema20=599.0, sma50=601.0, adx14=15.0, realised_volatility=REALISED, volume_share_pct=100.0
    ),
    implied_volatility=ATM_IV,
    iv_range=IvRange(days=252, low=0.10, high=0.30),
    vix=Reading(value=16.0, at=AT - timedelta(seconds=5)),
    vix_close=DailyClose(day=date(2026, 2, 18), value=16.5),
    vix3m=Reading(value=18.0, at=AT - timedelta(seconds=5)),
    previous_session=date(2026, 2, 18),
    window_rows_in_month=4,
    earnings=NextEarnings(on=None),
    dividend=NextDividend(ex_date=None),
    opens_at=datetime(2026, 2, 19, 14, 30, tzinfo=UTC),
    closes_at=datetime(2026, 2, 19, 21, 0, tzinfo=UTC),
    account=AccountFacts(
        balance=Decimal(100_000), free_cash=Decimal(100_000), book=Book(delta=0.0, gamma=0.0, vega=0.0)
    ),
)
