"""C-10: prices of coins heard in the browser, what a position is worth by them; levels moved; no stack."""

import json
from typing import Any, Final

import pytest

from tests.brokers.support import fixture
from tests.page.modules import Modules, modules

pytestmark = pytest.mark.slow
__all__ = ["modules"]

#: A line to nowhere, driven by the test; waits are as long as the page says, but pass at once when told to.
FAKE_LINE: Final = """
    window.lines = [];
    window.WebSocket = class {
        static OPEN = 1;
        constructor(url) { this.url = url; this.readyState = 0; this.sent = []; window.lines.push(this); }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() { this.readyState = 3; }
        open() { this.readyState = 1; this.onopen(); }
        says(data) { this.onmessage({ data: JSON.stringify(data) }); }
        breaks() { this.readyState = 3; this.onclose?.(); }
    };
    window.waits = [];
    const late = window.setTimeout;
    window.setTimeout = (work, ms) => { window.waits.push(ms); return late(work, Math.min(ms, 20)); };
    const clock = await get("state/clock");
    const stream = await get("state/stream");
    clock.me.value = { coin_stream_url: "wss://prices.example" };
    const traded = (s, p, T) => ({ stream: "", data: { e: "aggTrade", s, p, T } });
    const soon = () => new Promise((done) => late(done, 80));
"""
MARKED: Final = "2026-02-19T15:00:00Z"
MARKED_MS: Final = 1_771_513_200_000


def test_one_line_serves_all_who_look_and_ends_with_the_last(modules: Modules) -> None:
    """Pairs come and go on the same line; nobody looks: it is closed, and what was heard stays."""
    told = modules.run(
        FAKE_LINE
        + """
        const first = stream.watchCoins(["BTCUSDT", "ETHUSDT"]);
        const [line] = window.lines;
        line.open();
        line.says(traded("BTCUSDT", "96000.5", 1000));
        line.says({ stream: "", data: { e: "aggTrade", s: "BTCUSDT", p: "nonsense", T: 1 } });
        const second = stream.watchCoins(["SOLUSDT"]);
        first();
        await soon();
        const price = stream.priceOf("BTCUSDT").value;
        second();
        return [line.url, line.sent, price, stream.streamState.value, line.readyState, window.lines.length];
        """
    )

    assert told == [
        "wss://prices.example/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade",
        [
            {"method": "SUBSCRIBE", "params": ["solusdt@aggTrade"], "id": 1},
            {"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade", "ethusdt@aggTrade"], "id": 2},
        ],
        {"price": 96000.5, "atMs": 1000},
        "off",
        3,
        1,
    ]


def test_a_line_that_breaks_is_tried_again_later_each_time(modules: Modules) -> None:
    """Said as interrupted meanwhile; the exchange's own word that it ends is a break like any other."""
    told = modules.run(
        FAKE_LINE
        + """
        const states = [];
        const leave = stream.watchCoins(["BTCUSDT"]);
        for (let round = 0; round < 4; round += 1) {
            const line = window.lines.at(-1);
            if (round === 3) { line.open(); line.says({ data: { e: "serverShutdown" } }); }
            else line.breaks();
            states.push(stream.streamState.value);
            await soon();
        }
        const waits = window.waits.filter((ms) => ms >= 1000);
        window.lines.at(-1).open();
        states.push(stream.streamState.value);
        leave();
        return [states, waits, window.lines.length];
        """
    )

    assert told == [["waiting"] * 4 + ["streaming"], [1000, 2000, 4000, 8000], 5]


def test_nothing_is_connected_where_nothing_is_configured_or_the_device_is_offline(modules: Modules) -> None:
    """The poll goes on, and the page says so."""
    told = modules.run(
        FAKE_LINE
        + """
        const { isOnline } = await get("state/tick");
        clock.me.value = { coin_stream_url: null };
        const leave = stream.watchCoins(["BTCUSDT"]);
        const states = [stream.streamState.value];
        clock.me.value = { coin_stream_url: "wss://prices.example" };
        states.push(stream.streamState.value);
        isOnline.value = false;
        states.push(stream.streamState.value);
        isOnline.value = true;
        states.push(stream.streamState.value);
        leave();
        return [states, window.lines.length];
        """
    )

    assert told == [["nowhere", "connecting", "off", "connecting"], 2]


def held(**fields: object) -> dict[str, Any]:
    """A position of two coins at 100, marked at 101."""
    return {
        "ticker": "SOLUSDT",
        "entry_price": 100,
        "current_price": 101,
        "mark_at": MARKED,
        "unrealized_pnl": 1.8,  # a fee is in it: what is added moves, what the server says stays
        "open_qty": 2,
        "filled_qty": 2,
        "qty": 2,
        "initial_sl": 95,
        "sl_price": 95,
        "tp_price": None,
        "targets": [],
        "r_achieved": 0.18,
        "legs": [{"side": "LONG", "instrument": "CRYPTO", "origin": None}],
        **fields,
    }


@pytest.mark.parametrize(
    ("side", "price", "pnl", "r"),
    [("LONG", 103, 5.8, 0.58), ("LONG", 99.5, -1.2, -0.12), ("SHORT", 103, -2.2, -0.22)],
)
def test_a_position_moves_by_what_the_price_moved_since_its_mark(
    modules: Modules, side: str, price: float, pnl: float, r: float
) -> None:
    """C-10: the server's figure and the browser's are of one kind, so that neither jumps at the other."""
    trade = held(legs=[{"side": side, "instrument": "CRYPTO", "origin": None}])
    told = modules.call("lib/live-pnl", "standing", trade, {"price": price, "atMs": MARKED_MS + 500}, 0.9)

    assert (told["price"], told["pnl"], told["isLive"]) == (price, pnl, True)
    assert told["r"] == pytest.approx(r)


def test_a_row_of_the_portfolio_moves_with_its_coin_and_an_option_s_does_not(modules: Modules) -> None:
    """C-10: heard while the portfolio is looked at, and while a coin is held there; then nobody listens."""
    coin = held(id="1", broker_mode="PAPER")
    option = {
        **coin,
        "id": "2",
        "ticker": "SPY",
        "legs": [{"side": "LONG", "instrument": "OPTION", "origin": None}],
    }
    told = modules.run(
        FAKE_LINE
        + f"const [coin, option] = {json.dumps([coin, option])}; const at = {MARKED_MS + 500};"
        + """
        const { openTrades } = await get("state/portfolio");
        const { heardOf } = await get("state/coins-live");
        location.hash = "#/positions";
        const before = [window.lines.length, heardOf(coin)];
        openTrades.value = [coin, option];
        for (let tries = 0; window.lines.length === 0 && tries < 50; tries += 1) await soon();
        const [line] = window.lines;
        line.open();
        line.says(traded("SOLUSDT", "103", at));
        await soon();
        const after = [heardOf(coin).pnl, heardOf(coin).isLive, heardOf(option)];
        location.hash = "#/settings";
        for (let tries = 0; line.readyState !== 3 && tries < 50; tries += 1) await soon();
        return [before, line.url, after, line.readyState];
        """
    )

    url = "wss://prices.example/stream?streams=solusdt@aggTrade"
    assert told == [[0, None], url, [5.8, True, None], 3]


def test_a_price_that_is_older_than_the_mark_moves_nothing(modules: Modules) -> None:
    """After a break the poll's mark is the newer one."""
    told = modules.call("lib/live-pnl", "standing", held(), {"price": 90, "atMs": MARKED_MS - 1}, 0.9)

    assert told == {"price": 101, "atMs": MARKED_MS, "pnl": 1.8, "pct": 0.9, "r": 0.18, "isLive": False}


def waits(price: float, share: float, quantity: float, state: str = "OPEN") -> dict[str, object]:
    """A target."""
    return {"price": price, "share": share, "quantity": quantity, "state": state}


@pytest.mark.parametrize(
    ("fields", "name", "body"),
    [
        ({"tp_price": 110}, "stop", {"new_sl": 97}),
        ({"tp_price": 110}, "target 0", {"new_tp": 97}),
        (
            {
                "targets": [waits(104, 0.5, 1, "FILLED"), waits(108, 0.25, 0.5), waits(112, 0.25, 0.5)],
                "open_qty": 1,
            },
            "target 1",
            {"targets": [{"price": 108, "share": 0.5}, {"price": 97, "share": 0.5}]},
        ),
        ({"targets": [waits(108, 0.5, 1)]}, "target 0", {"targets": [{"price": 97, "share": 0.5}]}),
    ],
)
def test_a_level_that_is_moved_leaves_the_others_where_they_are(
    modules: Modules, fields: dict[str, object], name: str, body: object
) -> None:
    """C-11: of several targets all are sent, those that were taken are not."""
    told = modules.run(
        f"""
        const moves = await get("lib/level-moves");
        const trade = {held(**fields)!r};
        return moves.bodyOf(trade, moves.levelsOf(trade).find((level) => level.name === {name!r}), 97);
        """.replace("None", "null").replace("True", "true")
    )

    assert told == body


@pytest.mark.parametrize(
    ("value", "instrument", "on_step"),
    [
        (2.474, "OPTION", 2.45),
        (7.26, "OPTION", 7.3),
        (197.123, "CRYPTO", 197.1),
        (0.512345, "CRYPTO", 0.5123),
        (96012.3, "CRYPTO", 96010),
    ],
)
def test_a_level_is_moved_by_steps_that_every_market_takes(
    modules: Modules, value: float, instrument: str, on_step: float
) -> None:
    """A nickel or a dime of an option, about a thousandth of a coin."""
    trade = held(legs=[{"side": "LONG", "instrument": instrument, "origin": None}])
    assert modules.call("lib/level-moves", "onStep", value, trade) == on_step


def test_a_variant_says_what_is_typed_and_nothing_else(modules: Modules) -> None:
    """C-09: empty is as the trader has it, `off` is without, and targets are pairs."""
    variant = {"name": " Wide ", "stop_distance_pct": "5", "trailing_pct": "off", "targets": "3 × 50, 6%x50%"}
    draft = {"trader": "t", "from": "2026-02-01", "to": "2026-02-14", "answers": "stored"}
    body = modules.call(
        "lib/replay-draft", "bodyOf", {**draft, "variants": [{**variant, "min_confidence": ""}]}
    )

    assert body["variants"] == [
        {
            "name": "Wide",
            "stop_distance_pct": 5,
            "trailing_pct": None,
            "targets": [{"distance_pct": 3, "share": 0.5}, {"distance_pct": 6, "share": 0.5}],
        }
    ]
    words = modules.call("lib/replay-draft", "differsBy", body["variants"][0])
    assert words == "stop from the entry 5%; stop follows at: off; targets 3% × 50, 6% × 50"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("ws_agg_trade.json", {"symbol": "BNBBTC", "price": 0.001, "atMs": 1672515782136}),
        ("ws_server_shutdown.json", "ending"),
        ("ws_combined_wrapper.json", None),
        ("ws_subscribe_response.json", None),
        ("ws_ticker_24hr.json", None),
    ],
)
def test_documented_messages_are_read_or_left_alone(modules: Modules, name: str, read: object) -> None:
    """C-10: alone and wrapped, a trade is a price, the exchange's farewell an end, all else nothing."""
    said = fixture("binance", name)
    wrapped = json.dumps({"stream": "any@aggTrade", "data": json.loads(said)})

    assert modules.call("lib/stream-messages", "readMessage", said) == read
    assert modules.call("lib/stream-messages", "readMessage", wrapped) == read
