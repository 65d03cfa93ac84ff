"""B-09, B-16: no entry of anybody takes the book's delta, gamma or vega past a cap that its owner has set."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.commands import preview_trade
from chalicelib.services.commands.book_gate import greeks_since
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.store.desk.book import BookOf, read_books
from tests.services.stage import MORNING, Stage, eastern
from tests.services.structures import LONG, PUT, SHORT, TODAY, legs_of, structure

_SETTINGS = text(
    """
    insert into desk_settings (username, max_positions, max_condors_per_expiry, max_daily_loss,
        max_bid_ask_spread_percent, fill_price_buffer_pct, zero_dte_close_buffer_minutes,
        portfolio_max_abs_delta_shares, portfolio_max_abs_gamma, portfolio_max_abs_vega)
    values (:username, 10, 3, 1000, 10, 5, 30, :delta, :gamma, :vega)
    on conflict (username) do update set portfolio_max_abs_delta_shares = :delta,
        portfolio_max_abs_gamma = :gamma, portfolio_max_abs_vega = :vega
    """
)


def caps(stage: Stage, username: str = "alice", **of: str) -> None:
    """Set a user's caps; what is not named is not set."""
    values = {name: None if name not in of else Decimal(of[name]) for name in ("delta", "gamma", "vega")}
    with stage.env.database.transaction(username) as connection:
        connection.execute(_SETTINGS, {"username": username, **values})


def book(stage: Stage) -> Any:  # Any: a book, or None
    """Return what alice holds at the sandbox."""
    since = greeks_since(MarketCalendar(), stage.clock.now())
    with stage.env.database.transaction("alice") as connection:
        return read_books(connection, ["alice"], since).get(BookOf("alice", BrokerMode.TRADIER_SANDBOX))


def one_call(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
    """Return a market order over the call at the money that expires in two weeks."""
    return stage.command(stage.contract("SPY", expiry_index=3), **changes)


@pytest.mark.parametrize(("figure", "cap"), [("delta", "40"), ("gamma", "0.5"), ("vega", "5")])
def test_an_entry_that_passes_a_cap_is_refused_with_figure_and_cap(
    stage: Stage, figure: str, cap: str
) -> None:
    """B-09: a person's entry too; nothing is stored."""
    caps(stage, **{figure: cap})
    with pytest.raises(RiskLimitReached) as refused:
        stage.place(one_call(stage))

    assert (refused.value.limit, refused.value.allowed) == (figure, Decimal(cap))
    assert refused.value.value is not None
    assert abs(refused.value.value) > Decimal(cap)
    assert stage.query("select id from paper_trades") == []


def test_without_caps_nothing_is_counted(stage: Stage) -> None:
    """B-09: caps that are not set stop nobody's paper entry."""
    caps(stage)

    assert stage.place(one_call(stage, qty=20))["status"] == "OPEN"


def test_what_is_held_and_what_may_still_fill_count_together(stage: Stage) -> None:
    """B-09: the book is computed with the candidate in it; two orders that rest are not one."""
    caps(stage, delta="120")
    resting = {"order_type": OrderType.LIMIT, "limit_price": Decimal("0.05")}
    assert stage.place(one_call(stage))["status"] == "OPEN"
    assert stage.place(one_call(stage, **resting))["status"] == "PENDING"
    held = book(stage).delta
    with pytest.raises(RiskLimitReached):
        stage.place(one_call(stage))

    assert 90 < held < 120


def test_a_short_leg_counts_against_a_long_one_and_shares_count_as_themselves(stage: Stage) -> None:
    """B-09's units: delta in shares, gamma in shares per dollar, vega in dollars a point."""
    stage.place(structure(legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4)), "-0.01", qty=2))
    spread = book(stage)
    shares = PlaceTrade(
        ticker="SPY",
        legs=(WantedLeg(instrument=Instrument.EQUITY),),
        order_type=OrderType.MARKET,
        qty=Decimal(7),
    )
    stage.place(shares)

    assert spread.delta > 0 > spread.gamma
    assert spread.vega < 0
    assert book(stage).delta == pytest.approx(spread.delta + 7)


def test_a_hedge_is_let_through_though_the_cap_is_passed_already(stage: Stage) -> None:
    """B-09: what brings a figure nearer to nothing takes nothing past its cap."""
    stage.place(one_call(stage, qty=4))
    caps(stage, delta="40")
    hedge = stage.command(stage.contract("SPY", PUT, expiry_index=3), qty=2)

    assert stage.place(hedge)["status"] == "OPEN"
    with pytest.raises(RiskLimitReached):
        stage.place(one_call(stage))


def test_a_book_that_cannot_be_computed_refuses_everything(stage: Stage) -> None:
    """B-09: no Greeks for a leg, or those of an hour ago; exits are not asked."""
    trade = stage.place(one_call(stage))
    caps(stage, vega="100000")
    stage.advance(3600)
    assert book(stage) is None
    with pytest.raises(RiskLimitReached) as refused:
        stage.place(one_call(stage))
    assert (refused.value.limit, refused.value.value) == ("vega", None)

    stage.run("snapshot")
    assert stage.place(one_call(stage))["status"] == "OPEN"
    stage.advance(3600)
    assert stage.close_trade(stage.trade(trade)).trade["status"] == "CLOSED"


def test_each_kind_of_money_has_its_own_book(stage: Stage) -> None:
    """B-09: paper holdings do not stand against an entry at the broker."""
    stage.place(one_call(stage, broker_mode=BrokerMode.PAPER, qty=3))
    caps(stage, delta="60")

    assert stage.place(one_call(stage))["status"] == "OPEN"


def test_the_preview_says_which_cap_would_be_passed(stage: Stage) -> None:
    """B-09: before anything is asked for."""
    caps(stage, delta="10")
    shown = preview_trade.preview(stage.env, KeptAnswers(stage.clock), "alice", one_call(stage))

    assert [one.limit for one in shown.breaks] == ["delta"]


def test_greeks_may_be_a_quarter_of_an_hour_of_open_market_old() -> None:
    """B-09: before the open, and in its first minutes, those of the last close will do."""
    calendar = MarketCalendar()
    of_yesterday = eastern(TODAY.replace(day=18), 15, 45)

    assert greeks_since(calendar, eastern(TODAY, 10)) == eastern(TODAY, 9, 45)
    assert greeks_since(calendar, eastern(TODAY, 9)) == of_yesterday
    assert greeks_since(calendar, eastern(TODAY, 9, 35)) == eastern(TODAY.replace(day=18), 15, 50)
    assert greeks_since(calendar, eastern(TODAY, 20)) == eastern(TODAY, 15, 45)
    assert greeks_since(calendar, MORNING) == eastern(TODAY.replace(day=18), 15, 55)
