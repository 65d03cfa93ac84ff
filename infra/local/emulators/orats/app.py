"""The ORATS emulator: token in the query, JSON or CSV, delayed or live."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from infra.local.emulators.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.faults import STALE_SECONDS, Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.feed import Feed
from infra.local.emulators.orats.options import option_rows
from infra.local.emulators.orats.rows import Mask, Table, crossed_table, strike_table, updated_text, zulu
from infra.local.emulators.other_question import other_query
from infra.local.emulators.quotes import Chain
from infra.local.emulators.rate_limit import RateLimiter
from infra.local.emulators.sessions import current_or_last, new_york_date, trading_days
from infra.local.emulators.vendor import VendorEmulator, retry_after

CALLS_PER_MINUTE: Final = 1000
MOST_TICKERS: Final = 10
TEXTS_KEPT: Final = 256
HISTORY_YEARS: Final = 1
CHAINS: Final = frozenset({"/strikes", "/live/strikes", "/live/strikes/monthly"})
SUMMARIES: Final = frozenset({"/summaries", "/live/summaries"})
TENORS: Final = {"iv10d": 10, "iv20d": 20, "iv30d": 30, "iv60d": 60, "iv90d": 90, "iv6m": 180, "iv1y": 365}


class OratsRefusal(Exception):
    """The vendor answers with an error and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class OratsEmulator(VendorEmulator):
    """The data vendor over a market."""

    vendor = Vendor.ORATS

    def __init__(
        self, feed: Feed, faults: FaultBook, lock: threading.RLock, wait: Callable[[float], None]
    ) -> None:
        super().__init__(faults, lock, feed.market.now, wait)
        self._feed = feed
        self._tokens: set[str] = set()
        self._limiter = RateLimiter()
        self._crossed = False
        faults.watch_tokens(self.vendor, lambda _account: set(self._tokens))
        self._texts: OrderedDict[tuple[str, date, int, int, int], str] = OrderedDict()

    def add_token(self, token: str) -> None:
        """Let a token in, one that had expired too."""
        with self._lock:
            self._faults.expire_due(self._clock())
            self._faults.renew(self.vendor, token)
            self._tokens.add(token)

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path without its suffix."""
        return request.path.removesuffix(".csv").removesuffix(".json")

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of quotes or lists would bend anything about this call."""
        what = self._what(request)
        if kind in {FaultKind.EMPTY_LISTS, FaultKind.NULL_LISTS}:
            return True
        if kind is FaultKind.CROSSED_QUOTE:
            return what in CHAINS
        return kind in {FaultKind.OTHER_INSTRUMENT, FaultKind.STALE_QUOTE} and what in CHAINS | SUMMARIES

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429."""
        return json_response({"message": "Too Many Requests."}, 429, retry_after(retry_after_seconds))

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        try:
            token = request.query.get("token", "")
            if token not in self._tokens or self._faults.has_expired(self.vendor, token):
                raise OratsRefusal(401, "Unauthorized.")
            if self._limiter.count((token, "all"), CALLS_PER_MINUTE, self._clock()).refused:
                return self.too_many_calls(None)
            with self._bent(fault):
                if fault is not None and fault.kind is FaultKind.OTHER_INSTRUMENT:
                    request = replace(request, query=other_query(self._feed, request.query))
                response = self._route(request)
        except OratsRefusal as refusal:
            return json_response({"message": str(refusal)}, refusal.status)
        return response if fault is None else _emptied(response, fault.kind)

    @contextmanager
    def _bent(self, fault: Fault | None) -> Iterator[None]:
        """Show stale or crossed quotes for the length of one call; the world's lock is held."""
        kind, feed = (None if fault is None else fault.kind), self._feed
        try:
            if fault is not None and kind is FaultKind.STALE_QUOTE:
                older = timedelta(seconds=STALE_SECONDS if fault.seconds is None else fault.seconds)
                self._feed = Feed(feed.market, feed.delay + older)
            self._crossed = kind is FaultKind.CROSSED_QUOTE
            yield
        finally:
            self._feed, self._crossed = feed, False

    def _what(self, request: EmulatorRequest) -> str:
        return self.endpoint(request).removeprefix("/datav2")

    def _route(self, request: EmulatorRequest) -> EmulatorResponse:
        asked = request.query
        as_csv = request.path.endswith(".csv")
        if request.method != "GET":
            raise OratsRefusal(404, "Not Found.")
        match self._what(request):
            case "/strikes":
                return self._strikes(self._tickers(asked), asked, as_csv=as_csv)
            case "/live/strikes":
                return self._strikes(self._tickers(asked, most=1), asked, as_csv=as_csv)
            case "/live/strikes/monthly":
                return self._monthly(asked, as_csv=as_csv)
            case "/strikes/options" | "/live/strikes/options":
                return _answer(self._options(asked), asked, as_csv=as_csv)
            case "/live/expirations":
                return self._expirations(asked)
            case "/tickers":
                return _answer(self._ticker_rows(asked), asked, as_csv=as_csv)
            case "/summaries" | "/live/summaries":
                rows = [self._summary(ticker) for ticker in self._tickers(asked)]
                return _answer(rows, asked, as_csv=as_csv)
            case "/hist/dailies":
                return _answer(self._dailies(asked), asked, as_csv=as_csv)
            case _:
                raise OratsRefusal(404, "Not Found.")

    def _options(self, asked: Mapping[str, str]) -> list[Mapping[str, object]]:
        symbols = _listed(asked.get("tickers", ""), "tickers")
        rows = list(option_rows(self._feed, symbols))
        if not rows:
            raise OratsRefusal(404, "Not Found.")
        return rows

    def _tickers(self, asked: Mapping[str, str], most: int = MOST_TICKERS) -> list[str]:
        tickers = _listed(asked.get("ticker", ""), "ticker", most)
        today = new_york_date(self._clock())
        tickers = [ticker.replace("_", "/") for ticker in tickers]
        known = [ticker for ticker in tickers if self._feed.market.expiries(ticker, today)]
        if not known:
            raise OratsRefusal(404, "Not Found.")
        return known

    def _chains(self, ticker: str, expiries: Sequence[date]) -> list[Chain]:
        market, at, today = self._feed.market, self._feed.at(), new_york_date(self._clock())
        listed = set(market.expiries(ticker, today))
        found = [market.chain(ticker, expiry, at) for expiry in expiries if expiry in listed]
        return [chain for chain in found if chain is not None]

    def _strikes(self, tickers: Sequence[str], asked: Mapping[str, str], *, as_csv: bool) -> EmulatorResponse:
        today = new_york_date(self._clock())
        days = _range(asked.get("dte", ""))
        chains: list[Chain] = []
        for ticker in tickers:
            expiries = self._feed.market.expiries(ticker, today)
            trade_date = current_or_last(self._feed.at()).day
            near = [day for day in expiries if days[0] <= (day - trade_date).days + 1 <= days[1]]
            chains.extend(self._chains(ticker, near))
        return self._chain_answer(chains, asked, as_csv=as_csv)

    def _monthly(self, asked: Mapping[str, str], *, as_csv: bool) -> EmulatorResponse:
        ticker = self._tickers(asked, most=1)[0]
        try:
            expiries = [date.fromisoformat(text) for text in asked.get("expiry", "").split(",") if text]
        except ValueError as error:
            raise OratsRefusal(400, "Invalid parameter expiry.") from error
        if not expiries:
            raise OratsRefusal(400, "Missing required parameter expiry.")
        chains = self._chains(ticker, expiries)
        if not chains:
            raise OratsRefusal(404, "Not Found.")
        return self._chain_answer(chains, asked, as_csv=as_csv)

    def _chain_answer(
        self, chains: Sequence[Chain], asked: Mapping[str, str], *, as_csv: bool
    ) -> EmulatorResponse:
        low, high = _range(asked.get("delta", ""))
        names = [name for name in asked.get("fields", "").split(",") if name]
        plain = not names and not asked.get("delta") and not as_csv and not self._crossed
        if plain:
            return _json_text([self._text(chain) for chain in chains])
        tables = []
        for chain in chains:
            table = crossed_table(strike_table(chain)) if self._crossed else strike_table(chain)
            table = table.chosen(names) if names else table
            if asked.get("delta"):
                mask: Mask = np.asarray((chain.greeks.delta >= low) & (chain.greeks.delta <= high))
                table = table.filtered(mask)
            tables.append(table)
        if as_csv:
            return _csv_text(tables)
        return _json_text([table.json_rows() for table in tables])

    def _text(self, chain: Chain) -> str:
        """Return the rows of a whole chain, from memory when it was asked for in this second."""
        key = (
            chain.instrument.symbol,
            chain.expiry,
            chain.quoted_second,
            self._feed.market.revision,
            len(chain.strikes),
        )
        known = self._texts.get(key)
        if known is None:
            known = self._texts[key] = strike_table(chain).json_rows()
            while len(self._texts) > TEXTS_KEPT:
                self._texts.popitem(last=False)
        return known

    def _expirations(self, asked: Mapping[str, str]) -> EmulatorResponse:
        ticker = self._tickers(asked, most=1)[0]
        today = new_york_date(self._clock())
        expiries = self._feed.market.expiries(ticker, today)
        if asked.get("include", "").lower() != "true":
            return json_response({"data": [expiry.isoformat() for expiry in expiries]})
        rows = [
            {
                "expiration": expiry.isoformat(),
                "strikes": self._feed.market.strikes(ticker, expiry, today).tolist(),
            }
            for expiry in expiries
        ]
        return json_response({"data": rows})

    def _ticker_rows(self, asked: Mapping[str, str]) -> list[dict[str, object]]:
        last = current_or_last(self._clock()).day.isoformat()
        wanted = asked.get("ticker", "").upper()
        rows: list[dict[str, object]] = [
            {"ticker": instrument.symbol, "min": "2007-01-03", "max": last}
            for instrument in self._feed.market.instruments()
            if instrument.optionable and wanted in {"", instrument.symbol}
        ]
        if not rows:
            raise OratsRefusal(404, "Not Found.")
        return sorted(rows, key=lambda row: str(row["ticker"]))

    def _summary(self, ticker: str) -> dict[str, object]:
        market, at = self._feed.market, self._feed.at()
        quote = market.stock_quote(ticker, at)
        if quote is None:
            raise OratsRefusal(404, "Not Found.")
        quoted = datetime.fromtimestamp(quote.quoted_second, UTC)
        day = new_york_date(quoted)
        row: dict[str, object] = {"ticker": ticker, "tradeDate": day.isoformat(), "stockPrice": quote.last}
        expiries = market.expiries(ticker, new_york_date(self._clock()))
        for name, tenor in TENORS.items():
            nearest = _nearest(expiries, day + timedelta(days=tenor))
            chain = market.chain(ticker, nearest, at)
            row[name] = None if chain is None else _at_the_money(chain)
        return row | {"quoteDate": zulu(quoted), "updatedAt": updated_text(quoted)}

    def _dailies(self, asked: Mapping[str, str]) -> list[dict[str, object]]:
        market, now = self._feed.market, self._clock()
        # History comes the morning after: today is not in it.
        newest = new_york_date(now) - timedelta(days=1)
        wanted = asked.get("tradeDate", "")
        first = newest.replace(year=newest.year - HISTORY_YEARS, day=min(newest.day, 28))
        if wanted:
            try:
                first = date.fromisoformat(wanted)
            except ValueError as error:
                raise OratsRefusal(400, "Invalid parameter tradeDate.") from error
            newest = min(newest, first)
        symbols = (
            [asked["ticker"].upper()]
            if asked.get("ticker")
            else [instrument.symbol for instrument in market.instruments()]
        )
        rows: list[dict[str, object]] = []
        for symbol in symbols:
            for day in trading_days(first, newest):
                bar = market.daily_bar(symbol, day, now)
                if bar is None:
                    continue
                prices = {"open": bar.opening, "hiPx": bar.high, "loPx": bar.low, "clsPx": bar.closing}
                rows.append(
                    {
                        "ticker": symbol,
                        "tradeDate": day.isoformat(),
                        **prices,
                        "stockVolume": bar.volume,
                        "unadjOpen": bar.opening,
                        "unadjHiPx": bar.high,
                        "unadjLoPx": bar.low,
                        "unadjClsPx": bar.closing,
                        "unadjStockVolume": bar.volume,
                        "updatedAt": f"{day.isoformat()}T21:30:00Z",
                    }
                )
        if not rows:
            raise OratsRefusal(404, "Not Found.")
        return rows


def _listed(text: str, name: str, most: int = MOST_TICKERS) -> list[str]:
    symbols = [symbol.strip().upper() for symbol in text.split(",") if symbol.strip()]
    if not symbols:
        raise OratsRefusal(400, f"Missing required parameter {name}.")
    if len(symbols) > most:
        raise OratsRefusal(400, f"Too many tickers, the maximum is {most}.")
    return symbols


def _range(text: str) -> tuple[float, float]:
    """Read an inclusive range of which one side may be empty; what cannot be read matches nothing."""
    low, _, high = text.partition(",")
    try:
        return (float(low) if low else -np.inf), (float(high) if high else np.inf)
    except ValueError:
        return np.inf, -np.inf


def _nearest(expiries: Sequence[date], wanted: date) -> date:
    return min(expiries, key=lambda expiry: abs(expiry - wanted))


def _at_the_money(chain: Chain) -> float:
    row = int(np.argmin(np.abs(chain.strikes - chain.spot)))
    return round(float(chain.volatility[row]), 4)


def _answer(
    rows: Sequence[Mapping[str, object]], asked: Mapping[str, str], *, as_csv: bool
) -> EmulatorResponse:
    names = [name for name in asked.get("fields", "").split(",") if name]
    chosen = [{key: row[key] for key in (names or row) if key in row} for row in rows]
    if not as_csv:
        return json_response({"data": chosen})
    header = ",".join(chosen[0]) if chosen else ""
    lines = [header, *(",".join("" if v is None else str(v) for v in row.values()) for row in chosen)]
    return _csv_response(lines)


def _emptied(response: EmulatorResponse, kind: FaultKind) -> EmulatorResponse:
    """Take the rows out of an answer that is bent so: none, or null in their place."""
    if kind is FaultKind.EMPTY_LISTS:
        return json_response({"data": []})
    return json_response({"data": None}) if kind is FaultKind.NULL_LISTS else response


def _json_text(fragments: Sequence[str]) -> EmulatorResponse:
    rows = ",".join(fragment for fragment in fragments if fragment)
    body = f'{{"data":[{rows}]}}'.encode()
    return EmulatorResponse(status=200, headers={"Content-Type": "application/json"}, body=body)


def _csv_text(tables: Sequence[Table]) -> EmulatorResponse:
    lines = [",".join(tables[0].columns)] if tables else []
    for table in tables:
        lines.extend(table.csv_rows())
    return _csv_response(lines)


def _csv_response(lines: Sequence[str]) -> EmulatorResponse:
    body = ("\n".join(lines) + "\n").encode()
    return EmulatorResponse(status=200, headers={"Content-Type": "text/csv"}, body=body)
