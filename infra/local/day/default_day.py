"""The default day: three users, eight tickers, everything that can become of a trade.

Each ticker has its part, so that one story does not disturb another: SPY is held to expiry today, NVDA and
TSLA run through their brackets, AMD swings, AAPL is closed by hand, MSFT is adjusted, QQQ meets refusals and
limits, IWM lost answers and the evening. Structures: a condor of AAPL, a spread of SPY, a short put of IWM.
Coins have a part of their own, and so have AI traders.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from infra.local.day import combined
from infra.local.day.coins import CoinPart
from infra.local.day.desks import DeskPart
from infra.local.day.rig import Rig
from infra.local.day.script import Script
from infra.local.day.trader import Trade, Trader, Wish, tick_down, tick_up
from infra.local.day.traders import TraderPart
from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from infra.local.invariants.findings import Findings

DAY: Final = date(2026, 2, 19)
BEGIN: Final = time(9, 0)
END: Final = time(20, 30)
ACCOUNTS: Final = {"alice": "VA00000001", "bob": "VA00000002", "carol": "VA00000003"}
"""Accounts at the sandbox; carol's gives her quotes alone, she trades on paper."""
ON_PAPER: Final = frozenset({"carol"})
GROUPS: Final = {"alice": ("elite",), "bob": ("pro",), "carol": ("elite",)}
REQUIRED_OUTCOMES: Final = frozenset(
    {
        "CLOSED/TP_HIT",
        "CLOSED/SL_HIT",
        "CLOSED/MANUAL_CLOSE",
        "EXPIRED/EXPIRED_OTM",
        "EXPIRED/EXPIRED_ITM",
        "CANCELED/REJECTED",
        "CANCELED/CANCELED",
        "CANCELED/UNFILLED",
    }
)
_SETTLED_AFTER: Final = timedelta(minutes=2)
_FIRST_ORDER: Final = time(9, 32)
_SPY_BAND: Final = 0.02


class Part(StrEnum):
    """What of the day can be looked at alone."""

    DESK = "desk"
    AI = "ai"


def hours_of(alone: Part | None) -> tuple[time, time]:
    """Return from when to when a day is lived through: AI traders alone need no session."""
    return (time(10, 55), time(12, 30)) if alone is Part.AI else (BEGIN, END)


class DefaultDay:
    """Writes the script of the default day for one rig; `findings` takes what only a caller can see."""

    def __init__(self, rig: Rig, seed: int, findings: Findings) -> None:
        self.script = Script()
        self._rig = rig
        self._findings = findings
        self._random = random.Random(seed)
        self.traders = {name: _person(rig, name, self.script.surprises) for name in ACCOUNTS}
        self._alice, self._bob, self._carol = self.traders.values()
        self._spy_at_entry = 0.0

    def write(self, alone: Part | None = None) -> Script:
        """Write down the day: what desks, AI traders and people do, or one of the first two alone."""
        begins_at, _ = hours_of(alone)
        self.script.when(new_york_instant(DAY, begins_at) + _SETTLED_AFTER, self._settle_all)
        if alone in {None, Part.DESK}:
            DeskPart(rig=self._rig, script=self.script, traders=self.traders, day=DAY).write()
        if alone is Part.AI:
            TraderPart(rig=self._rig, script=self.script, traders=self.traders, day=DAY).write()
        if alone is None:
            self._trade_by_hand()
            CoinPart(rig=self._rig, script=self.script, traders=self.traders, day=DAY).write()
        return self.script

    def _trade_by_hand(self) -> None:
        self._before_the_open()
        self._place_all()
        self._move_markets()
        self._close_and_adjust()
        self._trade_structures()
        self._refusals_and_limits()
        self._lost_answers()
        self._evening()
        self._polls()

    def _at(self, clock: str, action: Callable[[], object]) -> None:
        self.script.at(DAY, clock, lambda: _run(action))

    def _settle_all(self) -> None:
        for trader in self.traders.values():
            trader.settle_in()

    # What is bought.

    def _place_all(self) -> None:
        for trader, wishes in ((self._alice, ALICE), (self._bob, BOB), (self._carol, CAROL)):
            at = new_york_instant(DAY, _FIRST_ORDER) + timedelta(seconds=self._random.randrange(60))
            for wish in self._shuffled(wishes):
                self.script.when(at, partial(_run, partial(trader.place, wish)))
                at += timedelta(seconds=self._random.randrange(50, 100))

    def _shuffled(self, wishes: Iterable[Wish]) -> list[Wish]:
        """Return the wishes in this seed's order, each a little different from seed to seed."""
        found = [replace(wish, qty=wish.qty + self._random.randrange(2)) for wish in wishes]
        self._random.shuffle(found)
        return found

    # What the market does.

    def _move_markets(self) -> None:
        self._at("10:20", partial(self._remember_spy))
        self._at("11:00", partial(self._drive, "NVDA", 1.05, 300))
        self._at("10:45", partial(self._drive, "AMD", 0.95, 240))
        self._at("11:30", partial(self._drive, "TSLA", 0.93, 1))
        self._at("11:55", partial(self._drive, "AMD", 1.06, 600))
        self._at("15:40", partial(self._bring_spy_back))

    def _drive(self, symbol: str, factor: float, seconds: int) -> None:
        spot = self._spot(symbol)
        self._rig.world.simulated.path(symbol, [(seconds, round(spot * factor, 2))])

    def _remember_spy(self) -> None:
        self._spy_at_entry = self._spot("SPY")

    def _bring_spy_back(self) -> None:
        """Have SPY end the day between the strikes that were bought around it."""
        self._rig.world.simulated.path("SPY", [(600, round(self._spy_at_entry, 2))])

    def _spot(self, symbol: str) -> float:
        quote = self._rig.world.market.stock_quote(symbol, self._rig.clock.now())
        assert quote is not None
        return quote.last

    # What users do with what they hold.

    def _before_the_open(self) -> None:
        early = wide(Wish(label="early-market", ticker="QQQ", right="CALL", days=14))
        limit = wide(Wish(label="early-limit", ticker="QQQ", right="PUT", days=14, limit=1.3))
        dropped = Wish(label="early-dropped", ticker="QQQ", right="CALL", days=14, limit=1.0)
        self._at("09:08", partial(self._alice.place, early))
        self._at("09:11", partial(self._bob.place, limit))
        self._at("09:13", partial(self._alice.place, dropped))
        self._at("09:16", partial(self._alice.cancel, "early-dropped", {200}))

    def _close_and_adjust(self) -> None:
        for trader, label, clock in (
            (self._alice, "hand-1", "10:31"),
            (self._bob, "hand-2", "11:17:20"),
            (self._carol, "hand-3", "12:02"),
            (self._alice, "hand-4", "12:44"),
            (self._bob, "hand-5", "15:58:30"),
        ):
            self._at(clock, partial(trader.close, label, {200}))
        self._at("10:40", partial(self._alice.adjust, "moved-stop", {200}, _raise_stop))
        self._at("10:52", partial(self._bob.adjust, "moved-target", {200}, _lower_target))
        self._at("11:05", partial(self._alice.adjust, "dropped-target", {200}, _drop_target))
        self._at("11:40", partial(self._carol.adjust, "moved-paper", {200}, _raise_stop))
        self._at("13:20", partial(self._alice.adjust, "moved-stop", {200}, _lower_target))
        self._at("13:30", partial(self._alice.adjust, "dropped-target", {200}, _raise_stop))
        self._at("14:55", partial(self._bob.close, "moved-target", {200}))

    def _trade_structures(self) -> None:
        """W-01 to W-05: a condor is entered and left by hand, a spread expires, a short put is assigned."""
        self._at("10:05", partial(combined.place, self._alice, combined.CONDOR))
        self._at("10:07", partial(combined.place, self._bob, combined.SPREAD))
        self._at("10:09", partial(combined.place, self._carol, combined.ASSIGNED))
        self._at("14:10", partial(self._alice.close, "condor", {200, 202}))

    def _refusals_and_limits(self) -> None:
        self._at("10:25", partial(self._struck, FaultKind.REJECT_AFTER_200))
        rejected = Wish(label="rejected", ticker="QQQ", right="CALL")
        self._at("10:25", partial(self._alice.place, rejected, {422}))
        self._at("10:35", partial(self._struck, FaultKind.PARTIAL_FILL))
        partly = wide(Wish(label="partly", ticker="QQQ", right="CALL", qty=5, limit=1.05))
        self._at("10:35", partial(self._bob.place, partly))
        self._at("10:48", partial(self._bob.cancel, "partly", {200}))
        unfilled = Wish(label="unfilled", ticker="QQQ", right="PUT", limit=0.4, days=14)
        self._at("10:55", partial(self._alice.place, unfilled))
        withdrawn = Wish(label="withdrawn", ticker="QQQ", right="PUT", moneyness=0.98, limit=0.4, days=14)
        self._at("11:10", partial(self._bob.place, withdrawn))
        self._at("11:33", partial(self._bob.cancel, "withdrawn", {200}))
        paper = Wish(label="paper-unfilled", ticker="QQQ", right="CALL", limit=0.4, days=14)
        self._at("11:12", partial(self._carol.place, paper))
        self._at("11:50", partial(self._same_key_again))
        self._at("11:52", partial(self._strangers_eyes))

    def _struck(self, kind: FaultKind) -> None:
        """Have the next order meet a fault."""
        self._rig.world.faults.arm(
            Fault(vendor=Vendor.TRADIER, kind=kind, method="POST", path="/orders", fraction=0.4)
        )

    def _lost_answers(self) -> None:
        lost = wide(Wish(label="lost-answer", ticker="IWM", right="CALL", days=14))
        self._at("10:58", partial(self._struck, FaultKind.TIMEOUT_AFTER))
        self._at("10:58", partial(self._alice.place, lost))
        never = wide(Wish(label="never-taken", ticker="IWM", right="PUT", days=14))
        self._at("11:20", partial(self._struck, FaultKind.TIMEOUT_BEFORE))
        self._at("11:20", partial(self._bob.place, never))
        self._at("12:30", partial(self._struck, FaultKind.TIMEOUT_AFTER))
        self._at("12:30", partial(self._alice.close, "lost-close", {202}))

    def _evening(self) -> None:
        self._at("16:20", partial(self._alice.close, "overnight-1", {202}))
        self._at("16:22", partial(self._bob.adjust, "overnight-2", {202}, _raise_stop))
        self._at("16:24", partial(self._carol.close, "overnight-3", {202}))
        self._at("16:45", partial(self._carol.cancel, "overnight-3", {200}))

    def _polls(self) -> None:
        at, end = new_york_instant(DAY, time(9, 20)), new_york_instant(DAY, time(17, 0))
        while at < end:
            for trader in self.traders.values():
                self.script.when(at + timedelta(seconds=self._random.randrange(300)), trader.poll)
            at += timedelta(minutes=10)

    # What only a caller can see.

    def _same_key_again(self) -> None:
        """I-02: the same key and body answer the same; another body is refused without effect."""
        alice, wish = self._alice, wide(Wish(label="again", ticker="IWM", right="CALL", days=14))
        body = alice.ticket(wish)
        assert body is not None
        key = {"idempotency-key": "alice-again"}
        first = alice.call("POST", "/api/trades", {201}, body, key)
        second = alice.call("POST", "/api/trades", {200}, body, key)
        same = first.body == second.body and "idempotency-replayed" in second.headers
        self._findings.check(2, same, "the same key and body gave another answer")
        other = alice.call("POST", "/api/trades", {422}, {**body, "qty": 3}, key)
        self._findings.check(
            2, other.kind == "idempotency-mismatch", "another body under a used key was taken"
        )
        alice.trades[wish.label] = first.body["id"]

    def _strangers_eyes(self) -> None:
        """I-21: another's trade is not there, whatever is asked of it."""
        for label, trade_id in list(self._alice.trades.items())[:5]:
            looked = self._bob.call("GET", f"/api/trades/{trade_id}", {404})
            closed = self._bob.call("POST", f"/api/trades/{trade_id}/close", {404}, {"version": 1})
            hidden = looked.status == closed.status == 404
            self._findings.check(21, hidden, f"bob was told of alice's {label}")
        mine = set(self._bob.trades.values())
        listed = self._bob.call("GET", "/api/trades?limit=200", {200}).body["items"]
        own = {item["id"] for item in listed} <= mine
        self._findings.check(21, own, "bob's list holds a trade that is not his")


def _person(rig: Rig, name: str, surprises: list[str]) -> Trader:
    account, groups = ACCOUNTS[name], GROUPS[name]
    return Trader(rig, name, surprises, account, on_paper=name in ON_PAPER, groups=groups)


def _run(action: Callable[[], object]) -> None:
    action()


def _raise_stop(trade: Trade) -> dict[str, float | None]:
    return {"new_sl": max(tick_up(trade["sl_price"] * 1.15), 0.05)}


def _lower_target(trade: Trade) -> dict[str, float | None]:
    return {"new_tp": tick_down(trade["tp_price"] * 0.9)}


def _drop_target(_trade: Trade) -> dict[str, float | None]:
    return {"new_tp": None}


def expiring(label: str, right: str, moneyness: float) -> Wish:
    """Wish for a contract of SPY that expires today."""
    return Wish(label=label, ticker="SPY", right=right, days=0, moneyness=moneyness)


def tight(wish: Wish) -> Wish:
    """Put stop and target where a swing of the underlying reaches them."""
    return replace(wish, stop=0.75, target=1.3)


def wide(wish: Wish) -> Wish:
    """Put stop and target where the day hardly reaches them."""
    return replace(wish, stop=0.3, target=3.0)


ALICE: Final = (
    expiring("expiry-1", "CALL", 1 - _SPY_BAND),
    expiring("expiry-2", "CALL", 1 + _SPY_BAND),
    replace(expiring("expiry-3", "PUT", 1 + _SPY_BAND), stop=0.05, target=8.0),
    tight(Wish(label="rise-1", ticker="NVDA", right="CALL")),
    tight(Wish(label="rise-2", ticker="NVDA", right="PUT")),
    tight(Wish(label="fall-1", ticker="TSLA", right="CALL")),
    Wish(label="fall-2", ticker="TSLA", right="PUT", target=1.4),
    Wish(label="swing-1", ticker="AMD", right="CALL", stop=0.7),
    tight(Wish(label="swing-2", ticker="AMD", right="PUT")),
    wide(Wish(label="hand-1", ticker="AAPL", right="CALL")),
    Wish(label="hand-4", ticker="AAPL", right="PUT", days=14),
    wide(Wish(label="moved-stop", ticker="MSFT", right="CALL", days=20)),
    wide(Wish(label="dropped-target", ticker="MSFT", right="PUT", days=20)),
    wide(Wish(label="lost-close", ticker="IWM", right="PUT", days=14)),
    wide(Wish(label="overnight-1", ticker="IWM", right="CALL", days=20)),
)
BOB: Final = (
    expiring("expiry-4", "PUT", 1 + _SPY_BAND),
    expiring("expiry-5", "PUT", 1 - _SPY_BAND),
    tight(Wish(label="rise-3", ticker="NVDA", right="CALL", moneyness=1.02)),
    tight(Wish(label="rise-4", ticker="NVDA", right="PUT", moneyness=0.98)),
    Wish(label="fall-3", ticker="TSLA", right="CALL", stop=0.6),
    tight(Wish(label="fall-4", ticker="TSLA", right="PUT")),
    Wish(label="swing-3", ticker="AMD", right="PUT", target=1.5),
    wide(Wish(label="hand-2", ticker="AAPL", right="PUT")),
    wide(Wish(label="hand-5", ticker="IWM", right="CALL", days=14)),
    wide(Wish(label="moved-target", ticker="MSFT", right="CALL", days=20)),
    wide(Wish(label="overnight-2", ticker="IWM", right="PUT", days=20)),
)
CAROL: Final = (
    expiring("expiry-6", "CALL", 1 - _SPY_BAND),
    expiring("expiry-7", "PUT", 1 - _SPY_BAND),
    tight(Wish(label="rise-5", ticker="NVDA", right="CALL")),
    tight(Wish(label="rise-6", ticker="NVDA", right="PUT")),
    tight(Wish(label="fall-5", ticker="TSLA", right="PUT")),
    wide(Wish(label="hand-3", ticker="AAPL", right="CALL")),
    wide(Wish(label="moved-paper", ticker="MSFT", right="CALL", days=20)),
    wide(Wish(label="overnight-3", ticker="IWM", right="CALL", days=20)),
)
