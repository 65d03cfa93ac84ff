"""Whole chains, a row a strike: by days to expiry or by expiry, and what is kept of them in memory."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.quotes import Chain
from infra.local.emulators.market.sessions import current_or_last, new_york_date
from infra.local.emulators.orats.asked import known_tickers, span
from infra.local.emulators.orats.problems import OratsRefusal
from infra.local.emulators.orats.rows import Mask, Table, crossed_table, strike_table
from infra.local.emulators.orats.writing import csv_text, json_text
from infra.local.emulators.serving.exchange import EmulatorResponse

TEXTS_KEPT: Final = 256
TextKey = tuple[str, date, int, int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCall:
    """A call for chains and how it is to be answered; `crossed`: bid and ask change places."""

    feed: Feed
    asked: Mapping[str, str]
    as_csv: bool
    crossed: bool


class StrikeChains:
    """Answers with chains; one is written once a second and revision for all who ask for the same fields."""

    def __init__(self) -> None:
        self._texts: OrderedDict[TextKey, str] = OrderedDict()

    def by_days(self, call: ChainCall, tickers: Sequence[str]) -> EmulatorResponse:
        """Answer with the expiries within the days asked for (`dte`)."""
        feed = call.feed
        days = span(call.asked.get("dte", ""))
        trade_date = current_or_last(feed.at()).day
        chains: list[Chain] = []
        for ticker in tickers:
            expiries = feed.market.expiries(ticker, new_york_date(feed.market.now()))
            near = [day for day in expiries if days[0] <= (day - trade_date).days + 1 <= days[1]]
            chains.extend(_chains(feed, ticker, near))
        return self._answer(call, chains)

    def monthly(self, call: ChainCall) -> EmulatorResponse:
        """Answer with the expiries asked for by date. Raises OratsRefusal for none that is known."""
        ticker = known_tickers(call.feed, call.asked, most=1)[0]
        try:
            expiries = [date.fromisoformat(text) for text in call.asked.get("expiry", "").split(",") if text]
        except ValueError as error:
            raise OratsRefusal(400, "Invalid parameter expiry.") from error
        if not expiries:
            raise OratsRefusal(400, "Missing required parameter expiry.")
        chains = _chains(call.feed, ticker, expiries)
        if not chains:
            raise OratsRefusal(404, "Not Found.")
        return self._answer(call, chains)

    def _answer(self, call: ChainCall, chains: Sequence[Chain]) -> EmulatorResponse:
        asked = call.asked
        low, high = span(asked.get("delta", ""))
        fields = asked.get("fields", "")
        if not asked.get("delta") and not call.as_csv and not call.crossed:
            return json_text([self._text(chain, call.feed.market.revision, fields) for chain in chains])
        tables = []
        for chain in chains:
            table = crossed_table(strike_table(chain)) if call.crossed else strike_table(chain)
            table = _with_fields(table, fields)
            if asked.get("delta"):
                mask: Mask = np.asarray((chain.greeks.delta >= low) & (chain.greeks.delta <= high))
                table = table.filtered(mask)
            tables.append(table)
        if call.as_csv:
            return csv_text(tables)
        return json_text([table.json_rows() for table in tables])

    def _text(self, chain: Chain, revision: int, fields: str) -> str:
        """Return a chain's rows, from memory when they were asked for in this second and nobody holds any."""
        if chain.held:
            return _with_fields(strike_table(chain), fields).json_rows()
        key = (chain.root, chain.expiry, chain.quoted_second, revision, len(chain.strikes), fields)
        known = self._texts.get(key)
        if known is None:
            known = self._texts[key] = _with_fields(strike_table(chain), fields).json_rows()
            while len(self._texts) > TEXTS_KEPT:
                self._texts.popitem(last=False)
        return known


def _with_fields(table: Table, fields: str) -> Table:
    """Return a table with these fields, comma-separated; with all when none is named."""
    names = [name for name in fields.split(",") if name]
    return table.chosen(names) if names else table


def _chains(feed: Feed, ticker: str, expiries: Sequence[date]) -> list[Chain]:
    market, at = feed.market, feed.at()
    today = new_york_date(market.now())
    listed = set(market.expiries(ticker, today))
    instrument = market.instrument(ticker)
    if instrument is None:
        return []
    found = [
        market.chain(ticker, expiry, at, root)
        for expiry in expiries
        if expiry in listed
        for root in roots_on(instrument, expiry)
    ]
    return [chain for chain in found if chain is not None]
