"""One run: a strategy with its account, led through moments; what it enters, and what it holds."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from chalicelib.domain.backtest.books import Books, Filled, OrderedLeg, Quotes
from chalicelib.domain.backtest.kept import GATES_KEPT, EquityPoint, Kept
from chalicelib.domain.backtest.moments import Moment
from chalicelib.domain.backtest.needs import gates_without, stages_assumed
from chalicelib.domain.backtest.positions import HeldLeg, Position, ended
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.seen import Seen
from chalicelib.domain.backtest.shares import begin_with_shares
from chalicelib.domain.backtest.sources import Source
from chalicelib.domain.backtest.tally import Tally
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.pipeline.case import Premises
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, Snapshot, evaluate
from chalicelib.domain.desk.pipeline.facts import AccountFacts
from chalicelib.domain.desk.pipeline.scanning import is_scanned
from chalicelib.domain.desk.selection.commissions import Commission
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO


class Run:
    """A strategy and its account on their way through a history."""

    def __init__(
        self,
        asked: BacktestRequest,
        strategy: Strategy,
        desk: DeskSettings,
        calendar: MarketCalendar,
        books: Books,
        kept: Kept | None = None,
        *,
        keeps_gates: bool = True,
    ) -> None:
        kept = Kept() if kept is None else kept
        self.asked, self.strategy, self.desk, self.books = asked, strategy, desk, books
        self.open, self.trades, self.equity = list(kept.open), list(kept.trades), list(kept.equity)
        self.calendar = calendar
        self._keeps_gates = keeps_gates
        self._tally = Tally(kept.gates, kept.lacks)
        self._assumed = set(kept.assumed)
        self._gaps = list(kept.gaps)
        self._number = kept.number
        commission = float(asked.commission)
        self._commission = Commission(to_open=commission, to_close=commission)

    @property
    def has_traded(self) -> bool:
        """Say whether it ever held anything."""
        return self._number > 0

    def held_expiries(self) -> set[date]:
        """Return the expiries that it holds contracts of."""
        return {one.expiry for one in self.open if one.expiry is not None}

    def kept(self) -> Kept:
        """Return what goes on from here."""
        return Kept(
            account=self.books.kept(),
            number=self._number,
            open=tuple(self.open),
            trades=tuple(self.trades),
            equity=tuple(self.equity),
            gates=self._tally.gates(),
            lacks=self._tally.lacks(),
            assumed=tuple(source for source in Source if source in self._assumed),
            gaps=tuple(self._gaps),
        )

    def look(self, moment: Moment) -> Evaluation | None:
        """Judge an entry at a moment and enter what is decided; None where no scan is due."""
        day = moment.session.day
        for source, gate in gates_without(self.strategy, moment.missing):
            self._tally.lacked(day, source.value, gate)
            if source in self.asked.assume:
                self._assumed.add(source)
        if Source.CHAINS in moment.missing and day not in self._gaps[-1:]:
            self._gaps.append(day)
        seen = self.seen(moment, moment.enters_at)
        begin_with_shares(self, seen)
        if not moment.is_end_of_day and not is_scanned(self.strategy, moment.enters_at, self.calendar):
            return None
        evaluation = self.judged(moment, seen)
        self._tally.judged(evaluation.verdicts)
        if evaluation.order is not None:
            self._enter(evaluation, seen)
        return evaluation

    def judged(self, moment: Moment, seen: Seen) -> Evaluation:
        """Return what the desk decides here, without doing it."""
        premises = Premises(
            assumed=stages_assumed(moment.missing, self.asked.assume), commission=self._commission
        )
        facts = replace(moment.facts, account=self._account(seen))
        return evaluate(Snapshot(facts=facts, chain=moment.chain), self.strategy, self.desk, premises)

    def seen(self, moment: Moment, at: datetime) -> Seen:
        """Return a moment as it is seen at one of its instants, sizes that are assumed included."""
        is_assumed = Source.QUOTE_SIZES in moment.missing and Source.QUOTE_SIZES in self.asked.assume
        return Seen(moment, at, sizes_are_assumed=is_assumed)

    def _account(self, seen: Seen) -> AccountFacts:
        structures = [one for one in self.open if not one.are_shares]
        condors: dict[date, int] = {}
        for one in structures:
            if one.structure == StrategyType.IRON_CONDOR and one.expiry is not None:
                condors[one.expiry] = condors.get(one.expiry, 0) + 1
        return AccountFacts(
            balance=self.books.equity(),
            free_cash=self.books.free_cash(),
            free_shares=int(self.books.shares(self.strategy.underlying)),
            open_of_strategy=len(structures),
            open_of_desk=len(structures),
            condors_by_expiry=tuple(sorted(condors.items())),
            book=seen.book(self.open),
        )

    def _enter(self, evaluation: Evaluation, seen: Seen) -> None:
        order = evaluation.order
        assert order is not None
        legs = tuple(
            HeldLeg(symbol=leg.symbol, side=leg.side, ratio=leg.ratio, entry_price=ZERO) for leg in order.legs
        )
        quotes = seen.quotes(leg.symbol for leg in legs)
        filled = self.books.trade(
            [OrderedLeg(symbol=leg.symbol, side=leg.side.opens_by, ratio=leg.ratio) for leg in legs],
            Decimal(order.qty),
            order.worst,
            quotes,
            seen.at,
            self.strategy.underlying,
        )
        if filled is None:
            return
        bid, ask = seen.natural(legs, quotes)
        keeps = self._keeps_gates and self._number < GATES_KEPT
        gates = json.dumps([one.as_json() for one in evaluation.verdicts]) if keeps else "[]"
        self.hold(order.structure, legs, filled, seen.at, gates=gates, bid=bid, ask=ask)

    def hold(
        self,
        structure: str,
        legs: tuple[HeldLeg, ...],
        filled: Filled,
        at: datetime,
        *,
        gates: str = "[]",
        bid: Decimal | None = None,
        ask: Decimal | None = None,
    ) -> None:
        """Note a structure that was filled."""
        self._number += 1
        priced = tuple(
            replace(leg, entry_price=price) for leg, price in zip(legs, filled.leg_prices, strict=True)
        )
        position = Position(
            number=self._number,
            structure=structure,
            opened_at=at,
            legs=priced,
            qty=filled.quantity,
            left=filled.quantity,
            entry_price=filled.price,
            fees=filled.fees,
            gates=gates,
            bid=bid,
            ask=ask,
        )
        is_bought = len(legs) > 1 or legs[0].side is LegSide.LONG
        natural = ask if is_bought else bid
        if natural is not None:
            gained = natural - filled.price if is_bought else filled.price - natural
            position = replace(position, better=gained * filled.quantity * position.dollars)
        self.open.append(position)

    def give_up(self, position: Position, quotes: Quotes, seen: Seen, reason: str) -> bool:
        """Close what is left of a position at what is shown; says whether all of it went."""
        filled = self.books.trade(
            [leg.closing for leg in position.legs],
            position.left,
            None,
            quotes,
            seen.at,
            self.strategy.underlying,
        )
        if filled is None:
            self.put_back(position)
            return False
        natural = seen.natural(position.legs, quotes)[0 if position.sign > 0 else 1]
        left_at = -filled.price if len(position.legs) > 1 else filled.price
        if natural is not None:
            gained = position.sign * (left_at - natural) * filled.quantity * position.dollars
            position = replace(position, better=position.better + gained)
        position = position.closed(filled)
        if position.left > 0:
            self.put_back(position)
            return False
        self.end(position, seen.at, reason)
        return True

    def put_back(self, position: Position) -> None:
        """Keep a position with what was counted of it."""
        self.open = [position if one.number == position.number else one for one in self.open]

    def end(self, position: Position, at: datetime, reason: str) -> None:
        """Write an ended trade down."""
        self.open = [one for one in self.open if one.number != position.number]
        self.trades.append(ended(position, at, reason))

    def close_day(self, day: date) -> None:
        """Write the day's equity down."""
        self.equity.append(EquityPoint(day=day, equity=self.books.equity()))
