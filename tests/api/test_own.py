"""/api/me, /api/account, /api/market and health: what the page shows around trades."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chalicelib.api.shapes.me import shape_market
from chalicelib.domain.clocks.calendar import Closure, MarketCalendar
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.people import Tier
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.security.groups import tier_of
from chalicelib.services.operations.health import Check, status_of
from chalicelib.services.users.me import market_state
from chalicelib.vendors.errors import VendorUnreachable
from tests.api.support import Api, User


def test_me_tells_who_and_what_and_when(api: Api, alice: User) -> None:
    """api.md, me: the mode in effect, the limits, the market."""
    me = alice.get("/api/me").json

    assert me == {
        "username": "alice",
        "operator": False,
        "tier": "Elite",
        "broker_mode": "PAPER",
        "limits": {"max_positions": 5, "daily_loss_limit": 150, "heat_limit_pct": 6},
        "market": {
            "now": "2026-03-02T15:00:00Z",
            "open": True,
            "next_open": "2026-03-03T14:30:00Z",
            "next_close": "2026-03-02T21:00:00Z",
            "holiday": None,
            "early_close": False,
            "session": {
                "opened_at": "2026-03-02T14:30:00Z",
                "closes_at": "2026-03-02T21:00:00Z",
                "previous_close": "2026-02-27T21:00:00Z",
            },
        },
        "coin_stream_url": None,
    }
    assert api.user("root", groups=["operator"]).get("/api/me").json["operator"] is True


@pytest.mark.parametrize(
    ("groups", "tier"),
    [
        ([], Tier.ELITE),
        (["operator"], Tier.ELITE),
        (["Pro"], Tier.PRO),
        (["free", "pro"], Tier.PRO),
        (["crew"], Tier.FREE),
    ],
)
def test_the_tier_follows_from_the_groups(groups: list[str], tier: Tier) -> None:
    """C-08: groups in use and none known: Free; without groups everyone is Elite."""
    assert tier_of(frozenset(groups)) is tier


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-27T17:00:00Z", {"open": True, "early_close": True, "next_close": "2026-11-27T18:00:00Z"}),
        ("2026-11-27T18:00:00Z", {"open": False, "early_close": True, "next_open": "2026-11-30T14:30:00Z"}),
        ("2026-11-26T15:00:00Z", {"open": False, "holiday": "Thanksgiving Day", "early_close": False}),
        ("2026-03-07T15:00:00Z", {"open": False, "holiday": None, "next_open": "2026-03-09T13:30:00Z"}),
        ("2026-03-02T14:29:59Z", {"open": False, "next_open": "2026-03-02T14:30:00Z"}),
        ("2026-03-04T15:00:00Z", {"open": False, "holiday": "mourning", "early_close": False}),
    ],
)
def test_the_market_is_described_by_its_calendar(now: str, expected: dict[str, Any]) -> None:
    """A-05: half days, holidays, weekends, and a closing that an operator decreed."""
    mourning = Closure(day=date(2026, 3, 4), closes=None, reason="mourning")
    calendar = MarketCalendar(closures={mourning.day: mourning})
    state = shape_market(market_state(calendar, datetime.fromisoformat(now), forced_open=False))

    assert {name: state[name] for name in expected} == expected


def test_a_decreed_early_close_counts() -> None:
    """A-05: a closing decreed at short notice is an operator's row."""
    early = Closure(day=date(2026, 3, 2), closes=time(12), reason="storm")
    calendar = MarketCalendar(closures={early.day: early})
    state = shape_market(market_state(calendar, datetime(2026, 3, 2, 15, 0, tzinfo=UTC), forced_open=False))

    assert (state["early_close"], state["next_close"]) == (True, "2026-03-02T17:00:00Z")


def test_the_account_is_the_brokers_word_and_ours(api: Api, alice: User) -> None:
    """api.md, account; what is not known is null."""
    api.brokers.broker.trouble = VendorUnreachable("no connection")
    unknown = alice.get("/api/account").json
    api.brokers.broker.trouble = None
    known = alice.get("/api/account").json

    assert known == {
        "broker_mode": "PAPER",
        "account_id": known["account_id"],
        "equity": 10250.5,
        "cash": 5000,
        "buying_power": 4000,
        "day_pnl": 0,
        "day_pnl_pct": 0,
        "open_pnl": 0,
        "risk_to_stops": 0,
        "unprotected": {"count": 0, "value": 0},
        "unpriced": 0,
        "as_of": "2026-03-02T15:00:00Z",
        "heat": 0,
        "heat_pct": 0,
        "open_positions": 0,
        "realized_today": 0,
    }
    assert {**known, **dict.fromkeys(["equity", "cash", "buying_power", "day_pnl_pct", "as_of"])} == unknown


def test_what_is_held_is_told_beside_the_account_where_it_is_asked_for(api: Api, alice: User) -> None:
    """api.md, account: server-side sums for the page; a page of nothing has sums of nothing."""
    held = alice.get("/api/account?positions=true").json["positions"]

    nothing = dict.fromkeys(["positions", "unpriced", "without_greeks", "open_pnl", "day_pnl", "cost"], 0)
    greeks = dict.fromkeys(["delta", "gamma", "theta", "vega"], 0)
    assert held == {"items": [], "groups": [], "totals": nothing | greeks, "as_of": "2026-03-02T15:00:00Z"}


def test_a_quote_is_never_of_the_future(api: Api, alice: User) -> None:
    """A vendor's clock may run a little ahead of ours."""
    api.market.ahead = timedelta(seconds=3)
    (item,) = alice.get("/api/market/quotes?symbols=SPY").json["items"]

    assert item["as_of"] == "2026-03-02T15:00:00Z"


def test_quotes_expirations_and_chain_feed_the_ticket(alice: User) -> None:
    """api.md, Shapes: quotes, expirations, chain."""
    quotes = alice.get("/api/market/quotes?symbols=SPY,XYZ,SPY").json
    expirations = alice.get("/api/market/expirations?symbol=SPY").json
    chain = alice.get("/api/market/chain?symbol=SPY&expiry=2026-03-06").json

    assert [item["symbol"] for item in quotes["items"]] == ["SPY"]
    assert expirations["items"] == ["2026-03-06", "2026-03-20"]
    assert [(item["strike"], item["option_type"]) for item in chain["items"]] == [
        (575, "CALL"),
        (580, "CALL"),
        (580, "PUT"),
    ]
    assert {(item["root"], item["multiplier"]) for item in chain["items"]} == {("SPY", 100)}
    assert (chain["underlying"], chain["underlying_price"], chain["expiry"]) == ("SPY", 580.25, "2026-03-06")
    assert (chain["items"][0]["mid"], chain["items"][0]["iv"], chain["items"][0]["last"]) == (
        2.15,
        0.185,
        None,
    )
    assert alice.get("/api/market/expirations?symbol=XYZ").json["items"] == []


def test_quotes_are_kept_for_seconds(api: Api, alice: User) -> None:
    """Two polls in a second are one call; moved product time is another."""
    for _ in range(3):
        alice.get("/api/market/quotes?symbols=SPY")
    after_three = api.market.asked
    api.clock.passed += 3
    alice.get("/api/market/quotes?symbols=SPY")

    assert (after_three, api.market.asked) == (1, 2)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("quotes", "symbols"),
        ("quotes?symbols=", "symbols"),
        ("quotes?symbols=spy", "symbols"),
        ("quotes?symbols=SPY,,QQQ", "symbols"),
        ("quotes?symbols=" + ",".join(["SPY"] * 51), "symbols"),
        ("expirations", "symbol"),
        ("expirations?symbol=%00", "symbol"),
        ("chain?symbol=SPY", "expiry"),
        ("chain?symbol=SPY&expiry=soon", "expiry"),
    ],
)
def test_market_questions_have_bounds(anyone: User, path: str, field: str) -> None:
    """422 with the value's name."""
    assert anyone.get(f"/api/market/{path}").fields == {field}


def test_a_vendor_that_fails_is_503(api: Api, alice: User) -> None:
    """Could not be reached, and surely nothing was done."""
    api.market.trouble = MarketDataError("timeout", retry_after_seconds=7)
    answer = alice.get("/api/market/quotes?symbols=SPY")

    assert (answer.status, answer.kind, answer.headers["retry-after"]) == (503, "unavailable", "8")


def test_shallow_health_needs_neither_token_nor_database(api: Api) -> None:
    """A-17: public, never touches the database."""
    with api.without_database():
        answer = api.send("GET", "/api/health")

    assert answer.json["status"] == "ok"


def test_deep_health_looks_at_everything(api: Api, alice: User) -> None:
    """A-17: database and its role, broker and quote, vendor, last run and lag of every job."""
    with api.jobs_database() as connection:
        connection.execute(
            text(
                "insert into job_runs (job, due_at, finished_at, ok, late_seconds) values "
                "('sync', '2026-03-02T14:59:00Z', '2026-03-02T14:59:01Z', true, 0.5), "
                "('plan', '2026-03-02T14:58:00Z', '2026-03-02T14:58:01Z', false, 0)"
            )
        )
    health = alice.get("/api/health/deep").json

    assert health["status"] == "degraded"
    assert set(health["checks"]) == {
        *("database", "broker", "quote", "market_data", "desk_scan", "kill_switch"),
    } | {f"job:{job}" for job, terms in JOBS.items() if terms.is_watched}
    assert health["checks"]["job:sync"] == {"ok": True, "detail": "ok, 0.5 s late", "age_s": 60}
    assert (health["checks"]["job:plan"]["ok"], health["checks"]["database"]["ok"]) == (False, True)


def test_deep_health_answers_while_vendors_are_away(api: Api, alice: User) -> None:
    """Whatever is down is a check, never a failure of the call."""
    api.market.trouble = MarketDataError("timeout")
    health = alice.get("/api/health/deep").json

    assert (health["status"], health["checks"]["quote"]["ok"]) == ("degraded", False)


def test_a_database_that_is_unsound_is_down() -> None:
    """A-10: a role that sees past row security is no sound database."""
    assert status_of({"database": Check(ok=False, detail=""), "quote": Check(ok=True, detail="")}) == "down"
