"""W-01 to W-03 over HTTP: what makes no sense is a 422 that names its field, and nothing is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.instruments.symbols import OptionContract
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.services.stage import Stage

Body = dict[str, Any]  # Any: JSON
#: Steps of a dollar from the money, by the leg's place.
SHORT_PUT, LONG_PUT = -2, -5


@pytest.fixture
def alice(stage: Stage, database_urls: DatabaseUrls) -> Iterator[User]:
    """The API's routes over the stage's product, signed in."""
    made = Api(database_urls)
    made.use(stage.env)
    yield User(made, access_token("alice", sub="sub-alice"))
    made.close()


class Legs:
    """Legs of SPY around the money of one expiry."""

    def __init__(self, middle: OptionContract) -> None:
        self._middle = middle

    def leg(self, away: int, side: str, right: str = "PUT", **changes: object) -> Body:
        """Return a leg at a strike so many dollars from the money."""
        leg = {
            "option_type": right,
            "strike": float(self._middle.strike + away),
            "expiry": self._middle.expiry.isoformat(),
            "side": side,
        }
        return {**leg, **changes}

    def spread(self, **changes: object) -> Body:
        """Return a bull put spread three dollars wide, sold at whatever it brings."""
        legs = [self.leg(SHORT_PUT, "SHORT"), self.leg(LONG_PUT, "LONG")]
        return {"ticker": "SPY", "legs": legs, "order_type": "limit", "limit_price": -0.05, **changes}


@pytest.fixture
def legs(stage: Stage) -> Legs:
    """Legs around the money."""
    return Legs(stage.contract("SPY"))


def bad_bodies(legs: Legs) -> dict[str, tuple[Body, set[str]]]:
    """Return every body that makes no sense, with the fields that its answer names."""
    near, far = legs.leg(SHORT_PUT, "SHORT"), legs.leg(LONG_PUT, "LONG")
    one = {"ticker": "SPY", "order_type": "limit", "limit_price": 0.05}
    return {
        "no legs": (legs.spread(legs=[]), {"legs"}),
        "five legs": (legs.spread(legs=[legs.leg(-away, "LONG") for away in range(1, 6)]), {"legs"}),
        "the same contract twice": (legs.spread(legs=[near, {**near, "side": "LONG"}]), {"legs"}),
        "a ratio of nothing": (legs.spread(legs=[near, {**far, "ratio": 0}]), {"legs.1.ratio"}),
        "a broken ratio": (legs.spread(legs=[near, {**far, "ratio": 1.5}]), {"legs.1.ratio"}),
        "ratios with a divisor": (legs.spread(legs=[{**near, "ratio": 2}, {**far, "ratio": 2}]), {"legs"}),
        "another underlying": (legs.spread(legs=[near, {**far, "root": "QQQ"}]), {"legs.1.root"}),
        "an expired leg": (legs.spread(legs=[near, {**far, "expiry": "2026-02-13"}]), {"legs.1.expiry"}),
        "a day without a chain": (
            legs.spread(legs=[near, {**far, "expiry": "2026-03-15"}]),
            {"legs.1.expiry"},
        ),
        "a strike that is not listed": (
            legs.spread(legs=[near, {**far, "strike": 600.37}]),
            {"legs.1.strike"},
        ),
        "a leg without its side": (legs.spread(legs=[near, {**far, "side": None}]), {"legs.1.side"}),
        "a leg without its contract": (
            legs.spread(legs=[near, {"side": "LONG"}]),
            {"legs.1.option_type", "legs.1.strike", "legs.1.expiry"},
        ),
        "shares with a strike": (
            legs.spread(legs=[near, {**far, "instrument": "EQUITY"}]),
            {"legs.1.instrument"},
        ),
        "crypto": (legs.spread(legs=[near, {"instrument": "CRYPTO", "side": "LONG"}]), {"legs.1.instrument"}),
        "legs beside a contract": (legs.spread(option_type="PUT"), {"legs"}),
        "a market order": (legs.spread(order_type="market", limit_price=None), {"order_type"}),
        "no price": (legs.spread(limit_price=None), {"limit_price"}),
        "a price of nothing": (legs.spread(limit_price=0), {"limit_price"}),
        "the wrong side of zero": (legs.spread(limit_price=1.20), {"limit_price"}),
        "a credit wider than its wing": (legs.spread(limit_price=-3.50), {"limit_price"}),
        "half a cent": (legs.spread(limit_price=-0.055), {"limit_price"}),
        "a stop past the entry": (legs.spread(limit_price=-1, sl_price=-0.50), {"sl_price"}),
        "a target short of the entry": (legs.spread(limit_price=-1, tp_price=-1.50), {"tp_price"}),
        "a naked call": ({**one, "legs": [legs.leg(3, "SHORT", "CALL")]}, {"legs"}),
        "more calls sold than bought": (
            legs.spread(legs=[legs.leg(3, "LONG", "CALL"), legs.leg(6, "SHORT", "CALL", ratio=2)]),
            {"legs"},
        ),
        "shares sold short": (
            {
                **one,
                "order_type": "market",
                "limit_price": None,
                "legs": [{"instrument": "EQUITY", "side": "SHORT"}],
            },
            {"legs"},
        ),
        "one leg at a signed price": (
            {**one, "limit_price": -1, "legs": [legs.leg(-2, "LONG")]},
            {"limit_price"},
        ),
        "a field of ours": (legs.spread(originator="DESK"), {"originator"}),
    }


def test_what_makes_no_sense_names_its_field_and_leaves_nothing(
    stage: Stage, alice: User, legs: Legs
) -> None:
    """Issue by issue: each is refused by placing and by the preview alike."""
    wrong = {}
    for name, (body, fields) in bad_bodies(legs).items():
        for path in ("/api/trades", "/api/trades/preview"):
            answer = alice.post(path, body)
            if answer.status != 422 or (answer.kind, answer.fields) != ("invalid", fields):
                wrong[name, path] = (answer.status, answer.json)

    assert wrong == {}
    assert stage.query("select id from paper_trades") == []
    assert stage.query("select id from orders") == []


def test_money_that_is_not_there_is_a_limit_with_its_figures(stage: Stage, alice: User, legs: Legs) -> None:
    """W-01: a short put beyond cash, a credit spread beyond what is free."""
    stage.set(heat_limit_pct=100_000, max_positions=1_000)
    put = {
        "ticker": "SPY",
        "legs": [legs.leg(-2, "SHORT")],
        "order_type": "limit",
        "limit_price": 0.05,
        "qty": 900,
    }
    wide = [legs.leg(SHORT_PUT, "SHORT"), legs.leg(-30, "LONG")]
    for body in (put, legs.spread(legs=wide, qty=1_000)):
        answer = alice.post("/api/trades", body)
        assert answer.status == 422, answer.json
        assert (answer.status, answer.kind, answer.json.get("limit")) == (422, "risk-limit", "collateral")
        assert answer.json["value"] > answer.json["allowed"]
    assert stage.query("select id from paper_trades") == []


def test_a_preview_shows_what_a_spread_wins_and_loses(alice: User, legs: Legs) -> None:
    """W-03, B-16: name, bounds, break-even, a sorted payoff with every strike in it, chance, collateral."""
    body = legs.spread(limit_price=-1, qty=2)

    shown = alice.post("/api/trades/preview", body).json

    short, long = (leg["strike"] for leg in body["legs"])
    assert shown["structure"] == "VERTICAL"
    assert (shown["max_profit"], shown["max_loss"], shown["cost"]) == (200, 400, 200)
    assert shown["break_evens"] == [short - 1]
    spots = [spot for spot, _ in shown["payoff"]]
    assert spots == sorted(spots)
    assert {short, long, short - 1} <= set(spots)
    assert dict(shown["payoff"])[long] == -400
    assert 0 < shown["pop"] < 1
    assert shown["greeks"]["delta"] > 0
    assert shown["greeks"]["theta"] > 0
    assert shown["collateral"] == 600
