"""Rules of the page that need no stack: one formatter and spelling, the table's order, groups and filters."""

import json
from datetime import datetime
from typing import Any, Final

import pytest

from tests.page.modules import Modules, modules

pytestmark = pytest.mark.slow
__all__ = ["modules"]

#: A Friday noon in New York.
NOW: Final = datetime.fromisoformat("2026-02-20T12:00:00-05:00").timestamp() * 1000


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("profit", [-0.004], "$0.00"),
        ("profit", [240.3], "+$240.30"),
        ("change", [-0.04], "0.0%"),
        ("change", [-12.34], "−12.3%"),
        ("direction", [-0.004], "flat"),
        ("direction", [-0.04, 1], "flat"),
        ("briefMoney", [44_955_675.1], "$44.96M"),
        ("briefMoney", [-85_050_650.0, {"signed": True}], "−$85.05M"),
        ("briefMoney", [9_999_999.99], "$9,999,999.99"),
        ("shortProfit", [77.4], "$77"),
        ("shortProfit", [-1763.2], "−$1.8K"),
        ("plural", [1, "trade"], "1 trade"),
        ("plural", [1200, "trade"], "1,200 trades"),
        ("duration", [0.75], "45m"),
        ("duration", [3], "3h"),
        ("duration", [24], "1d"),
        ("duration", [1.42], "1h 25m"),
        ("duration", [71], "3d"),
        ("daysTo", ["2026-02-20", NOW], 0),
        ("daysTo", ["2026-03-20", NOW], 28),
        ("money", [None], "—"),
    ],
)
def test_numbers_have_one_form(modules: Modules, name: str, arguments: list[object], shown: object) -> None:
    """Findings 26, 28: what is rounded to nothing has no sign, big figures fit, one form of a time held."""
    assert modules.call("lib/format", name, *arguments) == shown


@pytest.mark.parametrize(
    ("trades", "days", "why"),
    [
        (9, 250, "A year's ratio needs 10 trades; there are 9."),
        (1, 3, "A year's ratio needs 10 trades; there is 1."),
        (10, 19, "A year's ratio needs 20 trading days; there are 19."),
        (10, 20, None),
    ],
)
def test_a_ratio_of_a_year_needs_enough_behind_it(
    modules: Modules, trades: int, days: int, why: str | None
) -> None:
    """A-15, B-12, finding 26: below ten trades or twenty days it is a dash with this reason."""
    assert modules.call("lib/ratios", "tooFewFor", trades, days) == why


def row(number: int, ticker: str = "SPY", **facts: Any) -> dict[str, Any]:
    """Return a row of the table, with what its columns look at."""
    leg = {"instrument": "OPTION", "side": "LONG", "ratio": 1, "quantity": 1, "origin": None}
    trade = {
        "id": str(number),
        "ticker": ticker,
        "status": "OPEN",
        "strategy": None,
        "structure": "LONG_CALL",
        "option_type": "CALL",
        "strike": 600,
        "expiry": "2026-03-20",
        "qty": 1,
        "open_qty": 1,
        "entry_price": 2,
        "current_price": 2.5,
        "unrealized_pnl": 50,
        "sl_price": 1,
        "tp_price": None,
        "targets": [],
        "trade_context": None,
        **facts,
    }
    own = {name: trade[name] for name in ("option_type", "strike", "expiry")}
    return {"trade": {**trade, "legs": [{**leg, **own}]}, "facts": None}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The rows by their trades' ids."""
    return [each["trade"]["id"] for each in rows]


def test_times_stand_in_the_market_s_zone_or_in_the_device_s_and_say_which(modules: Modules) -> None:
    """Finding 31: the same instant in both; days of the market stay the market's."""
    shown = modules.run(
        """const format = await get("lib/format");
        const at = "2026-02-20T23:30:00-05:00";
        const told = () => [format.dateTimeZoned(at), format.easternDay(Date.parse(at))];
        const market = told();
        format.showTimesIn("Asia/Tokyo");
        const own = told();
        format.showTimesIn(null);
        return [market, own, told()];"""
    )

    market = ["Feb 20, 23:30 ET", "2026-02-20"]
    assert shown == [market, ["Feb 21, 13:30 GMT+9", "2026-02-20"], market]


@pytest.mark.parametrize(
    ("by", "is_down", "expected"),
    [
        ("pnl", True, ["2", "1", "3"]),
        ("pnl", False, ["1", "2", "3"]),
        ("dte", False, ["2", "1", "3"]),
        ("contract", False, ["3", "1", "2"]),
        ("stop", True, ["2", "1", "3"]),
    ],
)
def test_rows_go_by_a_column_and_the_unknown_stands_last(
    modules: Modules, by: str, is_down: bool, expected: list[str]
) -> None:
    """Finding 12: either way round."""
    rows = [
        row(1, unrealized_pnl=50),
        row(2, expiry="2026-03-06", strike=610, unrealized_pnl=80, sl_price=2),
        row(3, ticker="AMD", expiry="2026-04-17", unrealized_pnl=None, sl_price=None),
    ]
    if by == "contract":
        rows[1]["trade"]["ticker"] = "TSLA"

    assert (
        ids(modules.call("lib/positions", "sortRows", rows, {"by": by, "isDown": is_down}, NOW)) == expected
    )


def test_real_money_is_told_by_the_mode_whichever_broker_it_is_of(modules: Modules) -> None:
    """A live mode that comes later is marked as live without another line."""
    modes = ["TRADIER_LIVE", "BINANCE_LIVE", "TASTYTRADE_LIVE", "PAPER", "TASTYTRADE_CERT", None]
    told = [modules.call("lib/words", "isRealMoney", mode) for mode in modes]

    assert told == [True, True, True, False, False, False]


def test_sums_of_positions_without_a_price_are_unknown(modules: Modules) -> None:
    """Finding 1: a sum that leaves everything out is no zero; one that leaves out some says how many."""
    priced, dark = {"priced": True}, {"priced": False}
    asked = [[], [priced], [priced, dark], [dark, dark]]

    unknown = [modules.call("lib/positions", "isNonePriced", each) for each in asked]

    assert unknown == [False, False, False, True]


@pytest.mark.parametrize(
    ("words", "only", "expected"),
    [
        ("", "", ["1", "2", "3", "4"]),
        ("amd", "", ["3"]),
        ("income 610", "", ["2"]),
        ("", "bare", ["2"]),
        ("", "week", ["4"]),
        ("", "pending", ["3"]),
    ],
)
def test_words_and_a_quick_filter_narrow_the_rows(
    modules: Modules, words: str, only: str, expected: list[str]
) -> None:
    """Findings 12 and 13: ticker, strategy, strike; no stop, expires this week, pending."""
    rows = [
        row(1),
        row(2, strategy="Income", strike=610, sl_price=None),
        row(3, ticker="AMD", status="PENDING", open_qty=0, sl_price=None),
        row(4, expiry="2026-02-20"),
    ]
    watched = {**row(5, sl_price=None), "facts": {"strategy_stop": -1.98}}
    bare = {"words": "", "only": "bare"}
    assert ids(modules.call("lib/positions", "narrowRows", [watched], bare, NOW)) == []

    assert (
        ids(modules.call("lib/positions", "narrowRows", rows, {"words": words, "only": only}, NOW))
        == expected
    )


def test_what_happened_is_told_by_day_newest_first(modules: Modules) -> None:
    """Finding 5: a trade's entry, change and end each with contract, price and result; imports as one."""
    base = {**row(1)["trade"], "broker_mode": "PAPER", "filled_qty": 1, "is_locked": True, "close_date": None}
    change = {
        "id": "c",
        "at": "2026-02-19T15:00:00Z",
        "state": "APPLIED",
        "before": {"sl_price": 1},
        "after": {"sl_price": 1.2},
        "error": None,
    }
    ended = {
        **base,
        "entry_date": "2026-02-19T14:40:00Z",
        "close_date": "2026-02-20T15:00:00Z",
        "close_price": 3,
        "close_reason": "TP_HIT",
        "realized_pnl": 98.6,
        "changes": [change],
    }
    imported = {**ended, "id": "2", "broker_mode": "IMPORTED"}
    past = {"id": "i", "at": "2026-02-20T15:30:00Z", "trades": 60, "total_pnl": 39.1, "undone_at": None}
    events = modules.call("lib/activity", "eventsOf", [imported, ended], [past])

    assert [(one["text"], one["detail"], one["result"]) for one in events] == [
        ("Imported 60 trades", "", 39.1),
        ("SPY 600 call: target hit", "at 3.00", 98.6),
        ("SPY 600 call adjusted", "stop 1.00 → 1.20", None),
        ("Bought 1 SPY 600 call", "at 2.00", None),
    ]
    days = modules.call("lib/activity", "byDay", events)
    assert [(one["day"], len(one["events"])) for one in days] == [
        ("Fri, Feb 20, 2026", 2),
        ("Thu, Feb 19, 2026", 2),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "level"),
    [
        ("levelByPercent", [10.94, -50], 5.4),
        ("levelByPercent", [2.0, 100], 4.0),
        ("levelByPercent", [0.06, -90], 0.05),
        ("levelByDollars", [2.5, -100, 100], 1.5),
        ("levelByDollars", [2.5, -100, 0], None),
        ("levelByRisk", [2.0, 1.0, 2], 4.0),
        ("levelByRisk", [2.0, 2.5, 2], None),
        ("sizeByRisk", [200, 2.0, 1.0, 100], 2),
        ("sizeByRisk", [200, 2.0, None, 100], 1),
        ("sizeByRisk", [99, 2.0, 1.0, 100], 0),
        ("sizeByRisk", [99, 1.0, 1.0, 100], 0),
    ],
)
def test_levels_are_told_in_per_cent_dollars_and_multiples_of_the_risk(
    modules: Modules, name: str, arguments: list[object], level: float | None
) -> None:
    """Findings 11 and 21: on a tick that every class has; so many contracts as a risk allows."""
    assert modules.call("lib/levels", name, *arguments) == level


DATES: Final = ["2026-02-20", "2026-02-27", "2026-03-13", "2026-03-20", "2026-04-16", "2026-06-18"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"before": "", "days": 37}, "2026-03-20"),
        ({"before": "2026-03-13", "days": 37}, "2026-03-13"),
        ({"before": "2026-03-06", "days": 0}, "2026-02-27"),
        ({"before": "", "days": 60}, "2026-04-16"),
    ],
)
def test_the_ticket_opens_on_the_monthly_expiry_near_the_days_that_are_wanted(
    modules: Modules, wanted: dict[str, object], expected: str
) -> None:
    """Finding 8: kept over symbols, never today's unless chosen."""
    assert modules.call("lib/expiries", "proposeExpiry", DATES, {**wanted, "nowMs": NOW}) == expected


def test_an_expiry_says_its_days_and_is_gone_when_its_session_ends(modules: Modules) -> None:
    """Finding 8: days to it, monthly marked, grouped by month, today's gone at the close."""
    closes = NOW + 4 * 3_600_000
    assert modules.call("lib/expiries", "expiryText", "2026-03-20", NOW) == "Mar 20 · 28d · monthly"
    assert modules.call("lib/expiries", "expiryText", "2026-02-20", NOW) == "Feb 20 · today · monthly"
    assert modules.call("lib/expiries", "stillTraded", DATES, NOW, closes) == DATES
    assert modules.call("lib/expiries", "stillTraded", DATES, closes, closes) == DATES[1:]
    months = modules.call("lib/expiries", "byMonth", DATES)
    assert [name for name, _ in months] == ["February 2026", "March 2026", "April 2026", "June 2026"]


def chain_at(ask: float) -> dict[str, object]:
    """Return a chain of one call, its bid ten cents below the ask."""
    names = ("last", "volume", "open_interest", "delta", "gamma", "theta", "vega", "iv")
    bid, mid = round(ask - 0.1, 2), round(ask - 0.05, 2)
    call = {
        "symbol": "SPY260320C00600000",
        "root": "SPY",
        "multiplier": 100,
        "option_type": "CALL",
        "strike": 600,
    }
    item = {**call, "bid": bid, "ask": ask, "mid": mid, **dict.fromkeys(names)}
    origin = {"source": "orats", "delayed": False, "quoted_at": "2026-02-19T14:40:00Z"}
    return {"underlying": "SPY", "underlying_price": 600, "expiry": "2026-03-20", **origin, "items": [item]}


def test_a_limit_follows_the_mid_until_the_button_is_about_to_be_pressed(modules: Modules) -> None:
    """Findings 6 to 8: held under the button, told where the mid went; no old strategy on the next order."""
    quote = {
        "symbol": "SPY",
        "last": 600,
        "bid": 599,
        "ask": 601,
        "change_pct": 0,
        "as_of": None,
        "delayed": False,
    }
    modules.answers = {
        "/api/market/quotes": {"items": [quote]},
        "/api/market/expirations": {"items": ["2026-03-20"]},
        "/api/market/chain": chain_at(2.05),
    }
    now = modules.run("""
        const legs = await get("state/ticket-legs");
        await legs.chooseSymbol("spy");
        legs.chooseStrike(600);
        const { draft, followsMid, type } = await get("state/ticket-draft");
        type({ strategy: "breakout" });
        return [draft.value.expiry, draft.value.limit_price, followsMid.value];
    """)
    assert now == ["2026-03-20", "2.00", True]

    modules.answers["/api/market/chain"] = chain_at(3.25)
    held = modules.run("""
        const { draft, isPriceHeld } = await get("state/ticket-draft");
        const market = await get("state/ticket-market");
        isPriceHeld.value = true;
        await market.readChain();
        const before = draft.value.limit_price;
        const moved = market.midMovedTo.value;
        market.takeMovedMid();
        return [before, moved, draft.value.limit_price];
    """)
    assert held == ["2.00", "3.20", "3.20"]

    cleared = modules.run("""
        const { draft } = await get("state/ticket-draft");
        (await get("state/ticket-legs")).clearLegs();
        return [draft.value.strategy, draft.value.legs.length, draft.value.ticker, draft.value.expiry];
    """)
    assert cleared == ["", 0, "SPY", "2026-03-20"]


SHEET: Final = 'Date,Fees,"Ticker, root",Fee,Qty\r\n1/5/2026,1.40,SPY,0.35,1\r\n1/6/2026,1.40,QQQ,0.35,2\r\n'


def test_columns_of_a_file_are_named_by_whoever_knows_them(modules: Modules) -> None:
    """Finding 20: two columns could be fees: one is chosen; rows are not touched, quoted titles are whole."""
    sheet = modules.call("lib/csv-columns", "readSheet", SHEET)
    assert [one["title"] for one in sheet["columns"]] == ["Date", "Fees", "Ticker, root", "Fee", "Qty"]
    assert sheet["columns"][2]["samples"] == ["SPY", "QQQ"]
    assert modules.call("lib/csv-columns", "proposeColumns", sheet) == {"fees": 1, "qty": 4}

    chosen = {"fees": 3, "qty": 4, "ticker": 2, "strike": -1}
    renamed = modules.call("lib/csv-columns", "renameColumns", SHEET, sheet, chosen)
    assert renamed.splitlines()[0] == "unused1,unused2,ticker,fees,qty"
    assert renamed.splitlines()[1:] == SHEET.splitlines()[1:]


def test_a_trader_s_rules_come_back_as_they_went(modules: Modules) -> None:
    """C-01, C-13: a period, a line and candles of its own where they are named, else nothing."""
    rules = [
        {"left": {"indicator": "EMA", "params": {"period": 9}}, "op": ">", "right": 100.5},
        {
            "left": {"indicator": "MACD", "params": {"fast": 8, "output": "signal"}, "timeframe": "1h"},
            "op": "crosses_above",
            "right": {"indicator": "BOLLINGER", "params": {"period": 20, "output": "upper"}},
        },
        {
            "left": {"indicator": "price"},
            "op": "<",
            "right": {"indicator": "price", "params": {"field": "low"}},
        },
    ]
    kept: dict[str, Any] = {
        "name": "dips",
        "symbols": ["BTCUSDT"],
        "timeframe": "15m",
        "filter": {"required": rules[:2], "optional": rules[2:]},
        "analysis": {"model": "maker/model-1", "prompt_version": None},
        "trading": {"sizing": "fixed", "position_size_usd": 100, "max_positions": 3, "enabled": False},
    }
    told = modules.run(
        f"""
        const {{ bodyOf, draftOf }} = await get("lib/trader-draft");
        const kept = JSON.parse({json.dumps(json.dumps(kept))});
        return bodyOf(draftOf(kept), kept);
        """
    )

    assert (told["filter"], told["analysis"]) == (kept["filter"], kept["analysis"])
    assert (told["symbols"], told["trading"]["position_size_usd"]) == (["BTCUSDT"], 100)


def test_the_palette_leads_to_what_is_switched_on_and_to_what_is_typed(modules: Modules) -> None:
    """Issue 15, 1: places by a few letters, of systems that are off none; words filter the trades."""
    names = modules.run("""
        const { found } = await get("state/palette");
        const { begin } = await get("state/systems");
        const of = typed => found(typed).map(({ name }) => name);
        const before = of("chain");
        begin("desk", true);
        return [before, of("chain"), of("spy")];
    """)

    assert names == [
        ["Positions with “chain”", "History of “chain”"],
        ["Chain", "Positions with “chain”", "History of “chain”"],
        ["Positions with “spy”", "History of “spy”"],
    ]
