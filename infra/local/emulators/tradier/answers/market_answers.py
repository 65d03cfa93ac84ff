"""Everything that is no account's: market data, and the calendars of earnings and dividends."""

from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.serving.faults import Fault
from infra.local.emulators.tradier.answers import fundamentals, market_routes
from infra.local.emulators.tradier.answers.bent_markets import bent_markets
from infra.local.emulators.tradier.problems import no_route


class MarketAnswers:
    """What one environment tells of the market; `ticks` says whether it has tick bars."""

    def __init__(self, feed: Feed, calendars: Calendars, *, ticks: bool) -> None:
        self._feed = feed
        self._calendars = calendars
        self._ticks = ticks

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> object:
        """Answer one call. Raises Refusal, for a path that is not known too."""
        if request.path.startswith(market_routes.PREFIX):
            return bent_markets(self._feed, request, fault, ticks=self._ticks)
        if request.path.startswith(fundamentals.PREFIX):
            return fundamentals.answer_fundamentals(self._feed, self._calendars, request)
        raise no_route()
