"""Selection, probability and cost (B-04): by hand, by brute force, and by the complaints of users."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from math import erf, exp, inf, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.desk.selection.candidate import Candidate, Selection
from chalicelib.domain.desk.selection.chains import Chain, ExpiryChain, chain_of
from chalicelib.domain.desk.selection.commissions import commission_of
from chalicelib.domain.desk.selection.economics import Economics, economics
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.select import Market, select
from chalicelib.domain.desk.selection.solving import Unsolved, all_with_greeks, with_greeks
from chalicelib.domain.desk.selection.view import View, sigma_of, years_left
from chalicelib.domain.desk.strategies.strategy import DeskBroker, EntryConditions
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.symbols import OptionType
from tests.domain.desk.desk_support import AT, EXPIRIES, REALISED, SPOT, chain, of_symbol, quotes, strategy

MARKET = Market(at=AT, spot=SPOT, realised_volatility=REALISED)
TRADIER = commission_of(DeskBroker.TRADIER)


def chosen(kind: StrategyType, found: Chain | None = None, **changes: Any) -> Selection:
    entry = strategy(kind, **{f"entry_conditions__{name}": value for name, value in changes.items()})
    return select(found or chain(), kind, entry.entry_conditions, MARKET, TRADIER)


def best(kind: StrategyType, found: Chain | None = None, **changes: Any) -> Candidate:
    candidate = chosen(kind, found, **changes).candidate
    assert candidate is not None
    return candidate


def worth(kind: StrategyType, candidate: Candidate) -> Economics:
    return candidate.economics(kind, candidate.view(AT, SPOT, REALISED, None), TRADIER)


def below(price: float, sigma: float, years: float, spot: float = 100.0) -> float:
    """N((ln(K / S) + σ² T / 2) / (σ √T)), written out."""
    return (1 + erf((log(price / spot) + sigma**2 * years / 2) / (sigma * sqrt(years)) / sqrt(2))) / 2


def leg(strike: int, right: str, units: int, price: float, **more: Any) -> LegQuote:
    return LegQuote(symbol=f"XYZ260320{right}{strike * 1000:08d}", units=units, bid=price, ask=price, **more)


CONDOR = (
    leg(90, "P", 1, 0.30, gamma=0.01),
    leg(95, "P", -1, 0.90, iv=0.22, gamma=0.03),
    leg(105, "C", -1, 0.80, iv=0.18, gamma=0.035),
    leg(110, "C", 1, 0.20, gamma=0.012),
)
VIEW = View(spot=100.0, years=30 / 365, sigma=0.12)


def test_a_condor_is_worth_what_the_hand_calculation_says() -> None:
    """B-04: POP, EV, friction and gamma of a condor at 95/90 and 105/110, sold for 1.20 at 12 %."""
    found = economics(StrategyType.IRON_CONDOR, CONDOR, VIEW, 0.2, TRADIER, 100.0)

    # 0.12 * sqrt(30/365) = 0.034403; ln(0.95) / 0.034403 + 0.017201 = -1.47376: N = 0.07027;
    # ln(1.05) / 0.034403 + 0.017201 = 1.43541: N = 0.92442; POP = 0.85415
    assert found.pop == pytest.approx(0.85415, abs=1e-4)
    # 1.20 less half a per cent = 1.194: 119.40 to win, 380.60 to lose, 8 × 0.35 to trade
    assert (found.mid_credit, found.credit) == pytest.approx((1.20, 1.194))
    assert (found.max_profit, found.max_loss, found.friction) == pytest.approx((119.40, 380.60, 2.80))
    # 0.85415 × 119.40 - 0.14585 × 380.60 - 2.80 = 43.67
    assert found.ev_net == pytest.approx(43.67, abs=0.03)
    implied = below(105, 0.18, 30 / 365) - below(95, 0.22, 30 / 365)
    assert found.pop_implied == pytest.approx(implied)
    # 2 × (0.07027 + 0.07558); 100 × 0.2 × sqrt(30/365)
    assert found.pot == pytest.approx(0.2917, abs=1e-3)
    assert found.expected_move == pytest.approx(5.7340, abs=1e-3)
    # |0.01 - 0.03 - 0.035 + 0.012| × 100 = 4.3 shares a dollar; 4.3 / 2 × 1² = 2.15
    assert found.gamma_loss_1pct == pytest.approx(2.15)


def test_the_mean_result_is_the_credit_less_what_the_legs_pay() -> None:
    """B-04: ev_mean = credit - mean payoff - friction under σ, by the sum over a fine grid of ends."""
    found = economics(StrategyType.IRON_CONDOR, CONDOR, VIEW, 0.2, TRADIER, 100.0)
    deviation = 0.12 * sqrt(30 / 365)
    total = 0.0
    for step in range(-8000, 8001):
        z = step / 1000
        end = 100 * exp(deviation * z - deviation**2 / 2)
        paid = -max(90 - end, 0) + max(95 - end, 0) + max(end - 105, 0) - max(end - 110, 0)
        total += paid * exp(-z * z / 2) / sqrt(2 * pi) / 1000

    assert found.ev_mean == pytest.approx((1.194 - total) * 100 - 2.80, abs=0.001)


@pytest.mark.parametrize(
    ("kind", "legs", "pop", "profit", "loss"),
    [
        # break-evens 100 ∓ 2.985 of the credit after slippage; half of it to win
        (
            StrategyType.IRON_FLY,
            (leg(95, "P", 1, 0.5), leg(100, "P", -1, 2.0), leg(100, "C", -1, 2.0), leg(105, "C", 1, 0.5)),
            below(102.985, 0.12, 30 / 365) - below(97.015, 0.12, 30 / 365),
            149.25,
            201.5,
        ),
        # pays 1.00 and half a per cent; between 96.005 and 103.995
        (
            StrategyType.BUTTERFLY,
            (leg(95, "C", 1, 5.4), leg(100, "C", -2, 2.4), leg(105, "C", 1, 0.4)),
            below(103.995, 0.12, 30 / 365) - below(96.005, 0.12, 30 / 365),
            199.75,
            100.5,
        ),
    ],
)
def test_flies_win_between_their_break_evens(
    kind: StrategyType, legs: tuple[LegQuote, ...], pop: float, profit: float, loss: float
) -> None:
    """B-04: two shorts at one strike never both expire worthless, so flies have a form of their own."""
    found = economics(kind, legs, VIEW, 0.2, TRADIER, 100.0)

    assert (found.pop, found.max_profit, found.max_loss) == pytest.approx((pop, profit, loss))


def test_a_lone_short_loses_what_it_pays_on_average_in_the_money() -> None:
    """B-04: mean payoff given that it ends in the money, less the credit; at least nothing."""
    (short,) = legs = (leg(97, "P", -1, 1.10),)
    found = economics(StrategyType.CASH_SECURED_PUT, legs, VIEW, 0.2, TRADIER, 100.0)
    chance = below(97, 0.12, 30 / 365)
    mean = VIEW.mean_payoff(OptionType.PUT, short.strike)

    assert found.pop == pytest.approx(1 - chance)
    assert found.max_loss == pytest.approx((mean / chance - 1.0945) * 100)
    dear = (leg(97, "P", -1, 40.0),)
    assert economics(StrategyType.CASH_SECURED_PUT, dear, VIEW, 0.2, TRADIER, 100.0).max_loss == 0


def test_probabilities_are_under_the_sellers_volatility() -> None:
    """B-04: σ is the larger of the realised volatility and half the ATM IV."""
    assert sigma_of(0.10, 0.16) == 0.10
    assert sigma_of(0.10, 0.30) == 0.15


@pytest.mark.parametrize(
    ("broker", "contracts", "dollars"),
    [
        (DeskBroker.TRADIER, (1, 1, 1, 1), 2.80),
        (DeskBroker.IBKR, (1, 1), 2.60),
        (DeskBroker.SCHWAB, (1,), 1.30),
        (DeskBroker.TASTYTRADE, (1, 2, 1), 4.00),
        (DeskBroker.TASTYTRADE, (12, 12), 20.00),
        (DeskBroker.PAPER, (1,), 1.30),
    ],
)
def test_commissions_are_data_by_broker(
    broker: DeskBroker, contracts: tuple[int, ...], dollars: float
) -> None:
    """B-04: 0.35, 0.65, 0.65, 1.00 to open with at most 10 a leg and nothing to close, others 0.65."""
    assert commission_of(broker).round_trip(contracts) == pytest.approx(dollars)


def strikes(candidate: Candidate) -> tuple[float, ...]:
    return tuple(one.strike for one in candidate.legs)


def test_strikes_are_the_listed_ones_nearest_to_the_delta_target() -> None:
    """B-04: a put rolled month after month never drifts from its delta target."""
    market = chain()
    for expiry in market.expiries[1:]:
        only = Chain(expiries=(expiry,))
        candidate = best(StrategyType.CREDIT_PUT_SPREAD, only, dte_min=0)
        far, short = candidate.legs
        apart = np.abs(np.abs(expiry.puts.delta) - 0.16)

        assert abs(abs(short.delta or 0) - 0.16) == pytest.approx(apart.min())
        assert short.strike - far.strike == 5


def test_a_wing_is_the_listed_strike_nearest_to_its_width_and_the_real_one_counts() -> None:
    """B-16: strikes by 5 and a width of 7 make a wing of 5, and its loss is counted."""
    candidate = best(StrategyType.IRON_CONDOR, wing_width=7)
    low, put, call, high = strikes(candidate)
    found = worth(StrategyType.IRON_CONDOR, candidate)

    assert (put - low, high - call) == (5, 5)
    assert found.max_loss == pytest.approx(500 - found.max_profit)


def test_all_structures_in_the_ranges_are_ranked_by_their_worth() -> None:
    """B-04: by brute force over every short and wing in the ranges of every expiry in range."""
    market = chain()
    selection = chosen(
        StrategyType.IRON_CONDOR,
        market,
        short_delta={"min": 0.10, "max": 0.25},
        wing_width={"min": 5, "max": 15},
        dte_max=45,
        max_gamma_loss_1pct=1_000_000,
    )
    expected = [
        (worth(StrategyType.IRON_CONDOR, one), one)
        for expiry in market.expiries
        if 30 <= expiry.dte <= 45
        for one in every_condor(expiry)
    ]
    kept = [(found, one) for found, one in expected if found.mid_credit >= 0.10]
    top = max(kept, key=lambda pair: (pair[0].ev_net, pair[0].pop))

    assert selection.candidates == len(kept) > 100
    assert selection.candidate is not None
    assert worth(StrategyType.IRON_CONDOR, selection.candidate).ev_net == pytest.approx(top[0].ev_net)
    assert strikes(selection.candidate) == strikes(top[1])
    assert selection.best_credit == pytest.approx(max(found.mid_credit for found, _ in expected))


def every_condor(expiry: ExpiryChain) -> list[Candidate]:
    sides = {}
    for right, outwards in ((OptionType.PUT, -1), (OptionType.CALL, 1)):
        deltas = np.abs(expiry.side(right).delta)
        sides[right] = [
            (short, far)
            for short, far in product(range(len(expiry.strikes)), repeat=2)
            if 0.10 <= deltas[short] <= 0.25
            and 5 <= outwards * (expiry.strikes[far] - expiry.strikes[short]) <= 15
        ]
    atm_iv = expiry.atm_iv(SPOT)
    assert atm_iv is not None
    return [
        Candidate(
            expiry=expiry.expiry,
            dte=expiry.dte,
            atm_iv=atm_iv,
            legs=(
                expiry.leg(OptionType.PUT, put[1], 1),
                expiry.leg(OptionType.PUT, put[0], -1),
                expiry.leg(OptionType.CALL, call[0], -1),
                expiry.leg(OptionType.CALL, call[1], 1),
            ),
        )
        for put, call in product(sides[OptionType.PUT], sides[OptionType.CALL])
    ]


@settings(max_examples=30, deadline=None)
@given(kind=st.sampled_from(StrategyType), atm=st.floats(0.1, 0.6), realised=st.floats(0.05, 0.4))
def test_the_ranking_says_of_its_first_what_is_said_of_one(
    kind: StrategyType, atm: float, realised: float
) -> None:
    """B-04: arrays and the one structure that is stored are worked out alike, for every type."""
    if kind is StrategyType.WHEEL:
        kind = StrategyType.COVERED_CALL
    entry = strategy(kind, entry_conditions__max_gamma_loss_1pct=1_000_000).entry_conditions
    market = replace(MARKET, realised_volatility=realised)
    found = {}
    for one in chain(atm=atm).expiries:
        selection = select(Chain(expiries=(one,)), kind, entry, market, TRADIER)
        if selection.candidate is not None:
            view = selection.candidate.view(AT, SPOT, realised, None)
            found[one.expiry] = selection.candidate.economics(kind, view, TRADIER)
    both = select(chain(atm=atm), kind, entry, market, TRADIER).candidate

    assert (both is None) is (not found)
    if both is not None:
        ranked = {expiry: one.ev_net for expiry, one in found.items()}
        assert ranked[both.expiry] == pytest.approx(max(ranked.values()))


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (StrategyType.IRON_CONDOR, ("P1", "P-1", "C-1", "C1")),
        (StrategyType.CREDIT_PUT_SPREAD, ("P1", "P-1")),
        (StrategyType.CREDIT_CALL_SPREAD, ("C-1", "C1")),
        (StrategyType.IRON_FLY, ("P1", "P-1", "C-1", "C1")),
        (StrategyType.IRON_BUTTERFLY, ("P1", "P-1", "C-1", "C1")),
        (StrategyType.CASH_SECURED_PUT, ("P-1",)),
        (StrategyType.COVERED_CALL, ("C-1",)),
    ],
)
def test_each_type_has_its_legs(kind: StrategyType, shape: tuple[str, ...]) -> None:
    """B-01: the legs of the nine types, by strike."""
    found = best(kind, max_gamma_loss_1pct=1_000_000)

    assert tuple(f"{one.right.value[0]}{one.units}" for one in found.legs) == shape
    assert list(strikes(found)) == sorted(strikes(found))
    assert 30 <= found.dte <= 60


def test_a_fly_stands_at_the_strike_nearest_to_spot_with_equal_wings() -> None:
    """B-01: both shorts at the nearest strike; the wings as far below as above."""
    low, put, call, high = strikes(best(StrategyType.IRON_FLY, wing_width=20, max_gamma_loss_1pct=1_000_000))

    assert put == call == 600
    assert put - low == high - call == 20


def test_a_butterfly_is_one_two_one_with_equal_wings_and_paid_for() -> None:
    """B-01: a debit; what it can lose is what it costs."""
    found = best(StrategyType.BUTTERFLY, wing_width=20)
    low, body, high = strikes(found)

    assert [one.units for one in found.legs] == [1, -2, 1]
    assert body - low == high - body == 20
    assert worth(StrategyType.BUTTERFLY, found).mid_credit < 0


def test_what_brings_too_little_is_no_candidate_and_the_best_credit_is_told() -> None:
    """B-16: below `min_credit` at mid there is none; F says what the best was."""
    selection = chosen(StrategyType.IRON_CONDOR, min_credit=4.9)

    assert (selection.candidate, selection.candidates) == (None, 0)
    assert 0.10 < (selection.best_credit or 0) < 4.9
    assert selection.strikes == 2 * 49


def test_what_loses_too_much_in_a_one_per_cent_move_is_no_candidate() -> None:
    """B-01: gamma's loss stays under the limit, by default under the structure's own maximum profit."""
    assert chosen(StrategyType.IRON_CONDOR, max_gamma_loss_1pct=0.01).candidate is None
    assert chosen(StrategyType.IRON_CONDOR).candidate is not None


def test_a_strike_without_volume_is_not_passed_over_in_silence() -> None:
    """B-16: the strike nearest by delta stays the candidate; C2 then refuses it by name."""
    plain = best(StrategyType.CREDIT_PUT_SPREAD)
    idle = chain(of_symbol(plain.legs[1].symbol, volume=0))

    assert best(StrategyType.CREDIT_PUT_SPREAD, idle).legs[1].volume == 0


def test_a_leg_that_lost_a_side_of_its_quote_stays_for_c1_to_refuse() -> None:
    """B-02: missing data fails by name instead of moving the choice elsewhere."""
    plain = best(StrategyType.IRON_CONDOR)
    lame = chain(of_symbol(plain.legs[0].symbol, bid=None))
    found = best(StrategyType.IRON_CONDOR, lame, dte_min=plain.dte, dte_max=plain.dte)

    assert found.legs[0].symbol == plain.legs[0].symbol
    assert found.legs[0].spread_pct is None


def test_greeks_that_the_vendor_lacks_are_solved_from_the_mid() -> None:
    """B-16: IV and delta from the out-of-the-money mid within a spread's width of the truth; marked so."""
    bare = chain(lambda one: replace(one, iv=None, delta=None, gamma=None, vega=None), half_spread=0.0)
    told, year = chain().expiries[2], 43 / 365
    solved = with_greeks(bare.expiries[2], SPOT, year)
    near = np.abs(told.strikes - SPOT) <= 60

    assert solved.calls.is_solved[near].all()
    assert np.allclose(solved.puts.iv[near], told.puts.iv[near], atol=0.004)
    assert np.allclose(solved.calls.delta[near], told.calls.delta[near], atol=0.02)
    candidate = best(StrategyType.IRON_CONDOR, Chain(expiries=(solved,)))
    assert all(one.is_solved for one in candidate.legs)


def test_many_chains_solved_together_are_what_each_is_alone() -> None:
    """B-12: a minute's chain may not hang on the minutes that it is solved with, to the last bit."""
    bare = chain(lambda one: replace(one, iv=None, delta=None, gamma=None, vega=None))
    half = chain(of_symbol("SPY260403P00570000", delta=None, gamma=None))
    asked = [
        Unsolved(chain=one, spot=spot, years=years)
        for whole, spot in ((bare, SPOT), (half, SPOT), (bare, SPOT * 1.01), (bare, 0.0))
        for one, years in zip(whole.expiries, (0.0, 15 / 365, 43 / 365, 71 / 365), strict=False)
    ]

    together = all_with_greeks(asked)

    for one, found in zip(asked, together, strict=True):
        alone = with_greeks(one.chain, one.spot, one.years)
        for side, other in ((found.calls, alone.calls), (found.puts, alone.puts)):
            for name in ("iv", "delta", "gamma", "vega", "is_solved"):
                assert getattr(side, name).tobytes() == getattr(other, name).tobytes(), name
    assert all_with_greeks([]) == []


def test_where_iv_is_told_it_is_not_solved_again() -> None:
    """B-16: of a vendor that tells IV and no Greeks they follow from its IV, whatever the mid says."""
    bare = chain(lambda one: replace(one, delta=None, gamma=None, vega=None, bid=None, ask=None)).expiries[2]
    found = with_greeks(bare, SPOT, 43 / 365)

    assert found.calls.iv.tobytes() == bare.calls.iv.tobytes()
    assert np.allclose(found.calls.delta, chain().expiries[2].calls.delta, atol=1e-4)


def test_what_the_vendor_told_stays() -> None:
    """B-16: the vendor's where it has them."""
    one = chain(of_symbol("SPY260403P00570000", delta=None)).expiries[2]
    found = with_greeks(one, SPOT, 43 / 365)
    at = int(np.flatnonzero(found.strikes == 570)[0])

    assert found.puts.is_solved.sum() == 1
    assert found.puts.iv[at] == one.puts.iv[at]
    assert found.puts.delta[at] == pytest.approx(chain().expiries[2].puts.delta[at], abs=1e-4)


def test_an_adjusted_contract_is_never_a_candidate() -> None:
    """W-05: what stands for other than 100 shares is not opened."""
    odd = chain(lambda one: replace(one, multiplier=Decimal(10)))

    assert odd.expiries == ()


def test_what_is_no_option_symbol_costs_the_others_nothing() -> None:
    """A vendor's special contract: nobody could place it."""
    known, *others = quotes()
    found = chain_of([replace(known, symbol="SPY-SPECIAL"), *others], AT)

    assert [one.expiry for one in found.expiries] == [one.expiry for one in chain().expiries]


def test_of_two_roots_of_a_day_the_one_that_settles_on_the_close_is_meant() -> None:
    """B-16: SPXW where it is listed beside SPX; SPX on its own day."""
    weekly = quotes(root="SPXW", expiries=EXPIRIES[1:3])
    monthly = quotes(root="SPX", expiries=EXPIRIES[2:])
    found = chain_of([*monthly, *weekly], AT)

    assert [one.root for one in found.expiries] == ["SPXW", "SPXW", "SPX"]


def test_days_to_expiry_are_the_calendars_and_run_in_minutes_on_the_last() -> None:
    """B-02 D: calendar days; on expiry day what is left is the session."""
    assert years_left(30, AT, None) == pytest.approx(30 / 365)
    assert years_left(0, AT, AT + timedelta(hours=6)) == pytest.approx(0.25 / 365)
    assert years_left(0, AT, None) == 0


@pytest.mark.parametrize("seconds", [0, 60])
def test_on_the_last_instant_the_end_is_now(seconds: int) -> None:
    """B-04: without time a short is worthless or in the money."""
    view = View(spot=SPOT, years=seconds / 1e12, sigma=0.0)

    assert (view.ends_below(SPOT - 1), view.ends_below(SPOT + 1), view.ends_below(0)) == (0, 1, 0)
    assert view.ends_below(1e308) <= 1 < inf


def test_the_market_of_the_tests_lists_what_it_says() -> None:
    """The chain's rows are its contracts', and its expiries in order."""
    found = chain()

    assert [one.expiry for one in found.expiries] == list(EXPIRIES)
    assert sum(2 * len(one.strikes) for one in found.expiries) == len(quotes())


def test_entry_conditions_default_to_no_switch() -> None:
    """B-04: skew and DTE switches are off."""
    plain = EntryConditions(dte_min=30, dte_max=60)

    assert not plain.skew_aware
    assert not plain.dynamic_dte
