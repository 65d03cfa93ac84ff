"""Two recorded days of GOOG: bought on 2015-12-23, held through the half day on which the contracts expire.

What is held is settled by the product; what it should have been settled at is read here from the recordings
themselves, by a reader of its own, so that no code is trusted that the product or the emulators use.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from infra.local.day.rig import Rig
from infra.local.day.script import Script
from infra.local.day.trader import Trade, Trader, Wish, tick_up
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import FillRow, TradeRow
from infra.local.invariants.view import View

FIRST_DAY: Final = date(2015, 12, 23)
LAST_DAY: Final = date(2015, 12, 24)
BEGIN: Final = time(9, 0)
END: Final = time(20, 30)
TICKER: Final = "GOOG"
ACCOUNTS: Final = {"alice": "VA00000001", "bob": "VA00000002"}
REQUIRED_OUTCOMES: Final = frozenset(
    {"CLOSED/TP_HIT", "CLOSED/SL_HIT", "CLOSED/MANUAL_CLOSE", "EXPIRED/EXPIRED_OTM", "EXPIRED/EXPIRED_ITM"}
)
HALF_DAY_CLOSE_MINUTE: Final = 13 * 60
_MINUTE_MS: Final = 60_000
_PRICE_SCALE: Final = 10_000
_CENT: Final = Decimal("0.01")
_HELD: Final = (
    ("CALL", 740),
    ("CALL", 745),
    ("CALL", 750),
    ("CALL", 755),
    ("PUT", 740),
    ("PUT", 745),
    ("PUT", 750),
    ("PUT", 755),
)


class ReplayDay:
    """Writes the script of the recorded days for one rig."""

    def __init__(self, rig: Rig) -> None:
        self.script = Script()
        self.traders = {
            name: Trader(rig, name, self.script.surprises, account) for name, account in ACCOUNTS.items()
        }
        self._alice, self._bob = self.traders.values()

    def write(self) -> Script:
        """Write down both days."""
        self.script.at(FIRST_DAY, "09:02", self._alice.settle_in)
        self.script.at(FIRST_DAY, "09:02", self._bob.settle_in)
        for minute, (right, strike) in enumerate(_HELD):
            wish = self._expiring(f"held-{right.lower()}-{strike}", right, strike)
            trader = self._alice if minute % 2 == 0 else self._bob
            self._at(FIRST_DAY, f"10:{minute * 2:02d}:20", partial(trader.place, wish))
        self._bracketed()
        self._on_the_half_day()
        for hour in range(10, 16):
            self._at(FIRST_DAY, f"{hour}:40", self._alice.poll)
        self._at(LAST_DAY, "12:40", self._bob.poll)
        return self.script

    def _expiring(
        self, label: str, right: str, strike: float, *, stop: float | None = None, target: float | None = None
    ) -> Wish:
        return Wish(
            label=label, ticker=TICKER, right=right, strike=strike, expiry=LAST_DAY, stop=stop, target=target
        )

    def _at(self, day: date, clock: str, action: Callable[[], object]) -> None:
        self.script.at(day, clock, lambda: _run(action))

    def _bracketed(self) -> None:
        """Brackets near the market, which the recorded swings reach, and some that they do not."""
        for minute, (trader, right, strike, stop, target) in enumerate(
            (
                (self._alice, "CALL", 747.5, 0.85, 1.15),
                (self._bob, "PUT", 747.5, 0.85, 1.15),
                (self._alice, "PUT", 752.5, 0.6, 1.4),
                (self._bob, "CALL", 742.5, 0.6, 1.4),
                (self._alice, "CALL", 735.0, 0.2, 4.0),
                (self._bob, "PUT", 760.0, 0.2, 4.0),
            )
        ):
            wish = self._expiring(f"bracket-{minute + 1}", right, strike, stop=stop, target=target)
            self._at(FIRST_DAY, f"10:{30 + minute * 2}:40", partial(trader.place, wish))
        by_hand = self._expiring("by-hand", "CALL", 745.0, stop=0.3, target=3.0)
        self._at(FIRST_DAY, "11:05", partial(self._bob.place, by_hand))
        self._at(FIRST_DAY, "12:00", partial(self._bob.adjust, "by-hand", {200}, _raise_stop))
        self._at(FIRST_DAY, "15:20", partial(self._bob.close, "by-hand", {200}))

    def _on_the_half_day(self) -> None:
        """Bought on the morning of their last day; one order comes after the early close."""
        for minute, (trader, right, strike) in enumerate(
            ((self._alice, "CALL", 747.5), (self._bob, "PUT", 747.5), (self._alice, "PUT", 752.5))
        ):
            wish = self._expiring(f"last-day-{minute + 1}", right, strike)
            self._at(LAST_DAY, f"11:{10 + minute * 3}", partial(trader.place, wish))
        late = Wish(label="after-the-close", ticker=TICKER, right="CALL", days=20, limit=1.2)
        self._at(LAST_DAY, "14:05", partial(self._alice.place, late))
        self._at(LAST_DAY, "14:20", partial(self._alice.cancel, "after-the-close", {200}))


def _run(action: Callable[[], object]) -> None:
    action()


def _raise_stop(trade: Trade) -> dict[str, float | None]:
    return {"new_sl": tick_up(trade["sl_price"] * 1.2)}


def recorded_close(root: Path, day: date, close_minute: int) -> Decimal:
    """Read the close of the last minute that began before the session's end, in dollars."""
    path = root / f"equity/usa/minute/{TICKER.lower()}/{day:%Y%m%d}_trade.zip"
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
        bars = [(int(row[0]), int(row[4])) for row in csv.reader(io.TextIOWrapper(member, "ascii"))]
    _, close = max(bar for bar in bars if bar[0] < close_minute * _MINUTE_MS)
    return Decimal(close) / _PRICE_SCALE


def check_settlements(view: View, root: Path, findings: Findings) -> list[str]:
    """I-17, to the cent of what the data says; returns a line for each trade that was settled."""
    close = recorded_close(root, LAST_DAY, HALF_DAY_CLOSE_MINUTE)
    lines = [f"official close of {TICKER} on {LAST_DAY} in the recording: {close.normalize():f}"]
    for trade in sorted(view.trades.values(), key=lambda one: one.symbol):
        if trade.status == "EXPIRED" and trade.legs[0].strike is not None:
            lines.append(_check_one(trade, close, view.fills[trade.id], findings))
    return lines


def _check_one(trade: TradeRow, close: Decimal, fills: Sequence[FillRow], findings: Findings) -> str:
    (leg,) = trade.legs
    assert leg.strike is not None
    assert trade.realized_pnl is not None
    inside = close - leg.strike if leg.option_type == "CALL" else leg.strike - close
    worth = max(inside, Decimal(0))
    paid = sum((fill.price * fill.quantity for fill in fills if fill.is_buy), Decimal(0)) * 100
    sold = sum((f.price * f.quantity for f in fills if not f.is_buy and f.kind == "FILL"), Decimal(0)) * 100
    settled = sum((f.quantity for f in fills if f.kind == "SETTLEMENT"), Decimal(0))
    fees = sum((fill.fees for fill in fills), Decimal(0))
    expected = (worth * settled * 100 + sold - paid - fees).quantize(_CENT)
    same = trade.realized_pnl.quantize(_CENT) == expected
    text = f"{trade.symbol} realised {trade.realized_pnl}, the recording says {expected}"
    findings.check(17, same, text, trade.id)
    reason = "EXPIRED_ITM" if worth >= _CENT else "EXPIRED_OTM"
    findings.check(17, trade.close_reason == reason, f"{trade.symbol} is {trade.close_reason}", trade.id)
    return f"{trade.symbol}  {reason:11}  worth {worth:7.2f}  realised {expected:10.2f}"
