"""What the emulator of Interactive Brokers shows has the shape of what was recorded there (B-10)."""

from datetime import timedelta
from typing import Any  # JSON

import pytest

from infra.local.emulators.ibkr.account_views import only, snapshot_row
from infra.local.emulators.ibkr.contracts import Contracts
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Right, contract_symbol, parse
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.world import NO_DELAY
from tests.emulators.support import Outside, fixture
from tests.emulators.throwaway import neighbours


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def feed(outside: Outside) -> Feed:
    return Feed(outside.world.market, NO_DELAY)


def test_stocks_are_found_with_their_listings_abroad(feed: Feed) -> None:
    recorded: Any = fixture("ibkr", "trsrv_stocks_recorded_two_symbols.json")
    found = Contracts(feed).stocks({"symbols": "AAPL,SPX,NOSUCH"})

    (apple,) = found["AAPL"]
    assert apple.keys() == recorded["AAPL"][0].keys()
    assert [type(one) for one in apple.values()][2:] == [list, str]
    listed: Any = apple["contracts"]
    assert [set(one) for one in listed] == [{"conid", "exchange", "isUS"}] * 2
    assert [one["isUS"] for one in listed] == [True, False]
    assert (found["SPX"], found["NOSUCH"]) == ([], []), "an index is no stock"


def test_a_snapshot_is_texts_with_what_is_computed_of_options_alone(feed: Feed, outside: Outside) -> None:
    recorded: Any = fixture("ibkr", "snapshot_second_reply.json")
    fields = [name for name in recorded[0] if name.isdigit()] + ["7308", "7311", "7633", "7638"]
    shown = only(snapshot_row("SPY", 200_001, feed, outside.clock()), fields)
    call, _ = neighbours(outside.world)
    contract = parse(call)
    assert contract is not None
    put = contract_symbol(contract.root, contract.expiry, Right.PUT, contract.strike)
    of_call, of_put = (only(snapshot_row(one, 1, feed, outside.clock()), fields) for one in (call, put))

    assert set(recorded[0]) - set(shown) == {"7059"}, "the last trade's size is nowhere told"
    assert all(isinstance(value, str) for name, value in of_call.items() if name.isdigit())
    assert 0 < float(str(of_call["7308"])) < 1
    assert -1 < float(str(of_put["7308"])) < 0
    assert str(of_call["7633"]).endswith("%")
    outside.clock.at += timedelta(hours=9)
    assert "7308" not in snapshot_row(call, 1, feed, outside.clock()), "nothing is computed off hours"


def test_a_path_may_end_in_a_slash(outside: Outside) -> None:
    """ibind asks for executions so."""
    asked = request_from_target("GET", "/v1/api/iserver/account/trades/?days=2", {}, b"")

    assert outside.world.ibkr.endpoint(asked) == "/iserver/account/trades"
