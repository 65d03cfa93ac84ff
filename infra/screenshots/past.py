"""A past to show: trades of four months, made from a seed and imported as a user imports a spreadsheet."""

import csv
import io
import random
from datetime import date, timedelta
from typing import Final

TRADES: Final = 90
SEED: Final = 20260219
FIRST_DAY: Final = date(2025, 10, 20)
DAYS: Final = 118
TICKERS: Final = {"AAPL": 215, "MSFT": 410, "NVDA": 140, "SPY": 590, "TSLA": 330, "AMD": 150}
STRATEGIES: Final = ("Momentum", "Reversal", "Breakout", "Earnings")


def past_trades() -> str:
    """Answer the trades as CSV, the same each time."""
    chance = random.Random(SEED)  # noqa: S311 - a picture's trades, no secret
    rows = sorted((_row(chance) for _ in range(TRADES)), key=lambda row: str(row["entry_date"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(chance: random.Random) -> dict[str, object]:
    day = _weekday(chance)
    ticker = chance.choice(list(TICKERS))
    entry = chance.randint(120, 780) / 100
    is_hit = chance.random() < 0.46
    reason = chance.choices(
        ["TP_HIT", "MANUAL_CLOSE"] if is_hit else ["SL_HIT", "MANUAL_CLOSE", "EXPIRED_OTM"],
        [3, 1] if is_hit else [6, 2, 1],
    )[0]
    part = chance.uniform(1.15, 1.9) if is_hit else chance.uniform(0.55, 0.97)
    close = 0.0 if reason == "EXPIRED_OTM" else round(entry * part, 2)
    minutes = chance.randint(5, 330)
    hour, minute = divmod(9 * 60 + 35 + chance.randint(0, 55), 60)
    close_hour, close_minute = divmod(hour * 60 + minute + minutes, 60)
    expiry = day if reason == "EXPIRED_OTM" else day + timedelta(days=(4 - day.weekday()) % 7 + 7)
    return {
        "ticker": ticker,
        "option_type": chance.choice(["CALL", "CALL", "PUT"]),
        "strike": TICKERS[ticker] + chance.choice([-5, 0, 5]),
        "expiry": expiry.isoformat(),
        "qty": chance.choice([1, 1, 1, 2, 3]),
        "entry_date": f"{day}T{hour:02d}:{minute:02d}:00",
        "entry_price": entry,
        "close_date": f"{day}T{min(close_hour, 15):02d}:{close_minute:02d}:00",
        "close_price": close,
        "fees": 1.3,
        "strategy": chance.choice(STRATEGIES),
        "card_score": chance.randint(20, 95),
        "ai_verdict": chance.choice(["BUY", "BUY", "SKIP"]),
        "close_reason": reason,
        "sl_price": round(entry * 0.7, 2),
        "tp_price": round(entry * 1.5, 2),
        "notes": "",
    }


def _weekday(chance: random.Random) -> date:
    """A day on which the market was open, by the week alone; holidays in it are nobody's concern here."""
    while True:
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        if day.weekday() < 5:
            return day
