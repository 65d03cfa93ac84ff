"""/api/desk/settings and /api/bot: limits over all strategies, and whether entries are scanned for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.api.support import Api, User

DEFAULTS: dict[str, Any] = {
    "max_positions": 10,
    "max_condors_per_expiry": 3,
    "max_daily_loss": 1000,
    "max_bid_ask_spread_percent": 10,
    "fill_price_buffer_pct": 5,
    "zero_dte_close_buffer_minutes": 30,
    "portfolio_max_abs_delta_shares": None,
    "portfolio_max_abs_gamma": None,
    "portfolio_max_abs_vega": None,
    "version": 1,
}
PATH = "/api/desk/settings"


def test_a_desk_begins_with_the_defaults(alice: User) -> None:
    """B-01, B-09, B-16: caps that nobody set are null."""
    assert alice.get(PATH).json == DEFAULTS


def test_a_change_moves_what_it_names_and_null_puts_the_default_back(alice: User) -> None:
    """B-16: as in /api/settings; the same again changes nothing."""
    changed = alice.put(PATH, {"max_positions": 4, "portfolio_max_abs_delta_shares": 250.5})
    same = alice.put(PATH, {"max_positions": 4})
    back = alice.put(PATH, {"max_positions": None, "portfolio_max_abs_delta_shares": None, "version": 2})

    wanted = {**DEFAULTS, "max_positions": 4, "portfolio_max_abs_delta_shares": 250.5, "version": 2}
    assert changed.json == same.json == wanted
    assert back.json == {**DEFAULTS, "version": 3} == alice.get(PATH).json


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_positions": 0}, "max_positions"),
        ({"max_positions": 2.5}, "max_positions"),
        ({"max_daily_loss": 0}, "max_daily_loss"),
        ({"max_daily_loss": 1e-12}, "max_daily_loss"),
        ({"max_daily_loss": "much"}, "max_daily_loss"),
        ({"max_bid_ask_spread_percent": 101}, "max_bid_ask_spread_percent"),
        ({"fill_price_buffer_pct": -1}, "fill_price_buffer_pct"),
        ({"zero_dte_close_buffer_minutes": 391}, "zero_dte_close_buffer_minutes"),
        ({"portfolio_max_abs_vega": 0}, "portfolio_max_abs_vega"),
        ({"portfolio_max_abs_gamma": True}, "portfolio_max_abs_gamma"),
        ({"bot_on": True}, "bot_on"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
    ],
    ids=str,
)
def test_settings_have_bounds(anyone: User, change: dict[str, object], field: str) -> None:
    """422 with the field; nothing is stored."""
    answer = anyone.put(PATH, change)

    assert (answer.status, answer.fields) == (422, {field})
    assert anyone.get(PATH).json == DEFAULTS


def test_absurd_numbers_are_refused_in_words(anyone: User) -> None:
    """Never a 5xx for any input: an exponent beyond arithmetic is out of bounds like any other."""
    raw = b'{"max_daily_loss": 1e999999999, "portfolio_max_abs_vega": 1e-999999999}'
    answer = anyone.api.send("PUT", PATH, token=anyone.token, raw=raw)

    assert (answer.status, answer.fields) == (422, {"max_daily_loss", "portfolio_max_abs_vega"})


def test_a_stale_version_is_refused_with_what_stands(alice: User) -> None:
    """B-16: checked when sent; of two at once one is carried out."""
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda count: alice.put(PATH, {"max_positions": count, "version": 1}), (3, 4))
        )
    stale = next(answer for answer in answers if answer.status == 409)

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert (stale.kind, stale.json["current"]) == ("stale-version", alice.get(PATH).json)


def test_the_bot_is_off_until_somebody_switches_it_on(api: Api, alice: User) -> None:
    """B-15, B-16: `{on, since}`; the same again keeps the time, and settings keep their version."""
    first = alice.post("/api/bot/on").json
    api.clock.at += timedelta(minutes=1)
    again = alice.post("/api/bot/on").json
    off = alice.post("/api/bot/off").json

    assert (first["on"], again) == (True, first)
    assert off["on"] is False
    assert off["since"] > first["since"]
    assert alice.get(PATH).json["version"] == 1


def test_a_personal_token_switches_the_bot_and_changes_no_limits(api: Api, alice: User) -> None:
    """api.md, Sign-in: settings take no personal token; the switch takes one of scope trade."""
    read, trade = (
        User(api, alice.post("/api/tokens", {"name": scope, "scope": scope}).json["token"])
        for scope in ("read", "trade")
    )

    assert [read.post("/api/bot/on").status, trade.post("/api/bot/on").status] == [403, 200]
    assert [trade.get(PATH).status, trade.put(PATH, {"max_positions": 1}).status] == [403, 403]


def test_everybodys_desk_is_their_own(alice: User, bob: User) -> None:
    """A-10: what alice sets and switches is not bob's."""
    alice.put(PATH, {"max_positions": 2})
    alice.post("/api/bot/on")

    assert bob.get(PATH).json == DEFAULTS
    assert bob.post("/api/bot/off").json["on"] is False
    assert alice.get(PATH).json["max_positions"] == 2


def test_a_key_switches_once(alice: User) -> None:
    """api.md, Idempotency: a repetition answers the first answer."""
    first = alice.post("/api/bot/on", Idempotency_Key="b1")
    alice.post("/api/bot/off")
    again = alice.post("/api/bot/on", Idempotency_Key="b1")

    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"
    assert alice.post("/api/bot/off").json["on"] is False
