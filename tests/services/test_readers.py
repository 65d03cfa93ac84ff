"""A reader takes nothing that marks, stops and exits need (A-02, A-12, I-36)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from chalicelib.domain.market.data_budget import pages_of_month
from chalicelib.marketdata.interface import MarketDataError, Purpose, ShareSpentError
from chalicelib.services.market.kept_answers import SHARED_ANSWERS, KeptAnswers
from chalicelib.vendors.budget import ORATS_LIMITS, ShareKind
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Answer, Api, User, access_token
from tests.services.stage import Stage

PAGES = ORATS_LIMITS.share(ShareKind.PAGES)


@pytest.fixture
def api(stage: Stage, database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API's routes over the stage's product."""
    made = Api(database_urls)
    made.use(stage.env)
    yield made
    made.close()


def who(api: Api, name: str) -> User:
    """Return one of the stage's users, signed in."""
    return User(api, access_token(name, sub=f"sub-{name}"))


def chains(reader: User, count: int, *, symbols: tuple[str, ...] = ("SPY", "QQQ", "IWM")) -> list[Answer]:
    """Ask for as many different chains, listed or not: each is a question of its own."""
    first = date(2026, 2, 20)
    return [
        reader.get(
            f"/api/market/chain?symbol={symbols[index % len(symbols)]}"
            f"&expiry={first + timedelta(days=index // len(symbols))}"
        )
        for index in range(count)
    ]


def on_paper(stage: Stage) -> None:
    """Send alice's orders to our own simulated broker."""
    stage.set(broker_mode="PAPER")


def test_three_hundred_chains_of_a_reader_stop_no_mark_no_paper_stop_and_no_close(
    stage: Stage, api: Api
) -> None:
    """A-12, I-36: what jobs and exits need cannot be taken by pages; the reader alone is asked to wait."""
    on_paper(stage)
    contract = stage.contract("AAPL")
    bid, ask = stage.quote(contract)
    stopped = stage.place(stage.command(contract, qty=1, sl_price=bid - Decimal("0.50"), tp_price=ask * 4))
    closed = stage.place(stage.command(stage.contract("MSFT"), qty=1))
    stage.advance(61)

    answers = chains(who(api, "bob"), 300)
    stage.jump("AAPL", 0.97)
    cycle = stage.run("snapshot")
    answered = who(api, "alice").post(f"/api/trades/{closed['id']}/close", {"version": closed["version"]})

    assert [one.status for one in answers] == [200] * PAGES + [429] * (300 - PAGES)
    assert all(int(one.headers["retry-after"]) <= 61 for one in answers[PAGES:])
    assert cycle["unusable"] == 0
    assert stage.trade(closed)["status"] == "CLOSED" or answered.json["status"] == "CLOSED"
    stage.run("sync")
    assert (stage.trade(stopped)["status"], stage.trade(stopped)["close_reason"]) == ("CLOSED", "SL_HIT")


def test_a_spent_share_is_one_users_and_for_a_minute(stage: Stage, api: Api) -> None:
    """A-12: refused with 429 to that user alone; chain, preview and health ask under it."""
    bob, alice = who(api, "bob"), who(api, "alice")
    contract = stage.contract("AAPL")
    order = {
        "ticker": "AAPL",
        "option_type": contract.option_type.value,
        "strike": float(contract.strike),
        "expiry": contract.expiry.isoformat(),
        "qty": 1,
        "order_type": "market",
    }
    chains(bob, PAGES)

    assert bob.post("/api/trades/preview", order).status == 429
    assert alice.post("/api/trades/preview", order).status == 200
    assert bob.post("/api/trades/preview", order).status == 200, "what alice's page read is kept by question"
    stage.advance(61)
    assert bob.post("/api/trades/preview", order).status == 200


def test_many_readers_together_leave_marks_and_exits_their_calls(stage: Stage, api: Api) -> None:
    """I-36: a window full of pages has room for marks, and beyond them for exits."""
    for index in range(ORATS_LIMITS.browsing):
        stage.env.market_data.for_user(f"reader-{index // PAGES}", purpose=Purpose.PAGE).chain(
            "SPY", [date(2026, 2, 20)]
        )

    with pytest.raises(MarketDataError) as caught:
        stage.env.market_data.for_user("another", purpose=Purpose.PAGE).chain("SPY", [date(2026, 2, 20)])
    assert not isinstance(caught.value, ShareSpentError)
    assert chains(who(api, "bob"), 1)[0].status == 503
    for purpose in (Purpose.MARKS, Purpose.EXIT):
        assert stage.env.market_data.for_user(None, purpose=purpose).chain("SPY", [date(2026, 2, 20)]).quotes


def test_a_call_that_the_window_refuses_is_given_back_to_the_share(stage: Stage, api: Api) -> None:
    """A-12: a refused call counts in neither."""
    for index in range(ORATS_LIMITS.browsing):
        stage.env.market_data.for_user(f"reader-{index // PAGES}", purpose=Purpose.PAGE).chain(
            "SPY", [date(2026, 2, 20)]
        )
    stage.advance(30)
    assert [one.status for one in chains(who(api, "bob"), PAGES + 5)] == [503] * (PAGES + 5)
    stage.advance(31)

    assert [one.status for one in chains(who(api, "bob"), PAGES)] == [200] * PAGES


def test_ten_pages_that_ask_the_same_make_one_call(stage: Stage) -> None:
    """A-12: single-flight; whoever finds the question on its way waits for that answer."""
    kept, begin, asked = KeptAnswers(stage.clock), Barrier(11), list[int]()
    answers: list[int] = []

    def ask() -> int:
        asked.append(1)
        begin.wait()
        return 7

    def page() -> None:
        answers.append(kept.answer(("chain", "SPY"), ask, fresh_for=SHARED_ANSWERS).answer)

    pages = [Thread(target=page) for _ in range(10)]
    waiting = [Thread(target=begin.wait) for _ in range(10)]
    for thread in (*pages, *waiting):
        thread.start()
    for thread in (*pages, *waiting):
        thread.join(10)

    assert (answers, len(asked)) == ([7] * 10, 1)


def test_a_share_that_is_spent_is_nobody_elses_answer(stage: Stage) -> None:
    """I-36: who waited for a reader without calls left asks by their own share."""
    kept, asking, may_fail = KeptAnswers(stage.clock), Barrier(2), Barrier(2)
    answers: list[int] = []

    def refused() -> int:
        asking.wait(10)
        may_fail.wait(10)
        raise ShareSpentError("spent")

    def reader() -> None:
        with pytest.raises(ShareSpentError):
            kept.answer(("chain", "SPY"), refused, fresh_for=SHARED_ANSWERS)

    def other() -> None:
        asking.wait(10)
        answers.append(kept.answer(("chain", "SPY"), lambda: 7, fresh_for=SHARED_ANSWERS).answer)

    threads = [Thread(target=reader), Thread(target=other)]
    for thread in threads:
        thread.start()
    may_fail.wait(10)
    for thread in threads:
        thread.join(10)

    assert answers == [7]


def test_an_answer_is_kept_for_a_cycle_whoever_asks(stage: Stage, api: Api) -> None:
    """A-02: kept by question for 40 s; product time that is moved on makes it old."""
    before = _orats_calls(stage)
    chains(who(api, "alice"), 1)
    chains(who(api, "bob"), 1)
    once = _orats_calls(stage) - before
    stage.advance(39)
    chains(who(api, "bob"), 1)
    still_once = _orats_calls(stage) - before
    stage.advance(2)
    chains(who(api, "bob"), 1)

    assert (once, still_once, _orats_calls(stage) - before) == (1, 1, 2)


def test_a_market_that_was_moved_by_hand_is_asked_anew(stage: Stage, api: Api) -> None:
    """local.md: a jump is seen at once, although no time has passed."""
    before = _orats_calls(stage)
    chains(who(api, "alice"), 1)
    api.context.kept.forget()
    chains(who(api, "alice"), 1)

    assert _orats_calls(stage) - before == 2


def test_pages_cannot_take_what_the_month_keeps_for_open_trades(database_urls: DatabaseUrls) -> None:
    """A-02, I-36: of a month's quota pages have a fifth; the rest is for marks and exits."""
    stage = Stage(database_urls, orats_monthly_quota=100)
    api = Api(database_urls)
    api.use(stage.env)
    try:
        answered = 0
        for _ in range(3):
            answered += sum(one.status == 200 for one in chains(who(api, "bob"), PAGES))
            stage.advance(61)
        (refused,) = chains(who(api, "alice"), 1, symbols=("AAPL",))

        assert answered == pages_of_month(100) == 20
        assert refused.status == 503
        assert "month" in refused.json["detail"]
        assert stage.env.market_data.for_user(None).chain("SPY", [date(2026, 2, 20)]).quotes
    finally:
        api.close()
        stage.close()


def test_a_refresh_marks_by_its_users_share(stage: Stage, api: Api) -> None:
    """I-36: refreshing is reading; without calls left a trade keeps its mark, and nothing is recorded."""
    stage.place_bracketed()
    stage.advance(61)
    alice = who(api, "alice")
    chains(alice, PAGES)
    refreshed = alice.post("/api/refresh")

    assert refreshed.status == 200
    marks = alice.get(f"/api/trades/{refreshed.json['items'][0]['id']}/snapshots").json["items"]
    assert [one["kind"] for one in marks if one["kind"] == "INTRADAY"] == []


def test_a_users_own_token_is_not_shared_out(stage: Stage, api: Api) -> None:
    """A-12: who has a token of their own starves nobody; answers by it are theirs alone."""
    source = replace(stage.env).market_data
    assert source.serves_all()
    assert not source.serves_underlyings_to("alice")
    alice, bob = who(api, "alice"), who(api, "bob")
    before = stage.calls("/markets/quotes")
    for user in (alice, alice, bob):
        assert user.get("/api/market/quotes?symbols=SPY").status == 200

    assert stage.calls("/markets/quotes") - before == 2


def _orats_calls(stage: Stage) -> int:
    total = stage.world.orats.calls()["total"]
    assert isinstance(total, int)
    return total


def test_the_page_is_told_that_the_data_budget_stretched_the_cadence(database_urls: DatabaseUrls) -> None:
    """A-02: the cadence stretches 40 → 60 → 120 s and the page says so; without need it says nothing."""
    stage = Stage(database_urls, orats_monthly_quota=1000)
    api = Api(database_urls)
    api.use(stage.env)
    try:
        alice = who(api, "alice")
        stage.place_bracketed()
        before = alice.get("/api/me").json["market"]
        cycles = []
        for _ in range(2):
            stage.advance(40)
            cycles.append(stage.run("snapshot"))
        told = alice.get("/api/me").json["market"]

        assert "cadence_s" not in before
        assert told["cadence_s"] == 120
        assert told.keys() - before.keys() == {"cadence_s"}
    finally:
        api.close()
        stage.close()
