"""Markets, strategies and desks as Hypothesis draws them, each fact now and then not known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.facts import MacroWindow, Reading
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.desk.volatility.iv_history import IvRange
from tests.domain.desk.desk_support import AT, EXPIRIES, QUIET, TODAY, chain, facts, strategy

MARKETS = [chain(), chain(spot=612.3, atm=0.31), chain(expiries=EXPIRIES[:2])]
figures = st.floats(0.01, 1.0)


def sometimes(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw what is known, or None for what is not."""
    return st.one_of(one, one, one, st.none())


readings = st.builds(
    lambda value, seconds: Reading(value=value, at=AT - timedelta(seconds=seconds)),
    st.floats(10, 40),
    st.integers(0, 400),
)
some_facts = st.builds(
    facts,
    spot=sometimes(st.floats(560, 640).map(lambda value: Reading(value=value, at=AT))),
    technicals=st.builds(
        lambda realised, adx, share: replace(
            QUIET.technicals, realised_volatility=realised, adx14=adx, volume_share_pct=share
        ),
        sometimes(figures),
        sometimes(st.floats(0, 60)),
        sometimes(st.floats(20, 200)),
    ),
    implied_volatility=sometimes(figures),
    iv_range=sometimes(st.builds(IvRange, days=st.integers(1, 252), low=st.floats(0.1, 0.2), high=figures)),
    vix=sometimes(readings),
    vix3m=sometimes(readings),
    windows=st.lists(
        st.builds(
            lambda minutes: MacroWindow(
                name="CPI", starts_at=AT - timedelta(minutes=minutes), ends_at=AT + timedelta(minutes=9)
            ),
            st.integers(-60, 3),
        ),
        max_size=1,
    ).map(tuple),
    earnings=sometimes(
        st.builds(
            NextEarnings, on=sometimes(st.integers(0, 90).map(lambda days: TODAY + timedelta(days=days)))
        )
    ),
    dividend=sometimes(st.builds(NextDividend, ex_date=st.just(EXPIRIES[1]), amount=sometimes(figures))),
    account__free_shares=st.sampled_from([0, 100, 300]),
    account__balance=sometimes(st.integers(0, 10**6).map(Decimal)),
    account__book=sometimes(st.builds(Book, delta=st.floats(-900, 900), gamma=figures, vega=figures)),
)
some_strategies = st.builds(
    strategy,
    st.sampled_from(StrategyType),
    entry_conditions__ivr_min=sometimes(st.integers(0, 50)),
    entry_conditions__ma_rule=sometimes(st.sampled_from(["above_sma50", "below_sma50"])),
    entry_conditions__max_gamma_loss_1pct=st.just(100_000),
    entry_conditions__skew_aware=st.booleans(),
    entry_conditions__dynamic_dte=st.booleans(),
    mode=st.sampled_from(["paper", "live"]),
    sizing=st.sampled_from([{"kind": "fixed", "qty": 2}, {"kind": "risk", "pct": 1.5}]),
)
some_desks = st.builds(
    DeskSettings, portfolio_max_abs_delta_shares=sometimes(st.integers(1, 900).map(Decimal))
)
