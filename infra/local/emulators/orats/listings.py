"""What there is to ask for: tickers and expiries."""

from collections.abc import Mapping

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.sessions import current_or_last, new_york_date
from infra.local.emulators.orats.asked import known_tickers
from infra.local.emulators.orats.problems import OratsRefusal
from infra.local.emulators.serving.exchange import EmulatorResponse, json_response


def expirations(feed: Feed, asked: Mapping[str, str]) -> EmulatorResponse:
    """Answer with one ticker's expiries, with their strikes when asked. Raises OratsRefusal."""
    ticker = known_tickers(feed, asked, most=1)[0]
    today = new_york_date(feed.market.now())
    expiries = feed.market.expiries(ticker, today)
    if asked.get("include", "").lower() != "true":
        return json_response({"data": [expiry.isoformat() for expiry in expiries]})
    rows = [
        {
            "expiration": expiry.isoformat(),
            "strikes": feed.market.strikes(ticker, expiry, today).tolist(),
        }
        for expiry in expiries
    ]
    return json_response({"data": rows})


def ticker_rows(feed: Feed, asked: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the tickers that have options, or the one asked for. Raises OratsRefusal when it is unknown."""
    last = current_or_last(feed.market.now()).day.isoformat()
    wanted = asked.get("ticker", "").upper()
    rows: list[dict[str, object]] = [
        {"ticker": instrument.symbol, "min": "2007-01-03", "max": last}
        for instrument in feed.market.instruments()
        if instrument.optionable and wanted in {"", instrument.symbol}
    ]
    if not rows:
        raise OratsRefusal(404, "Not Found.")
    return sorted(rows, key=lambda row: str(row["ticker"]))
