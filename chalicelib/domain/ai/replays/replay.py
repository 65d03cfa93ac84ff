"""A trader's answers over past minutes (C-09): each judged by the rules of C-03 with what was known then.

Pure, and without a look ahead: what happens until an instant rests on answers and minutes until then alone.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from chalicelib.domain.ai.decisions.decision import DecisionOutcome, Modification
from chalicelib.domain.ai.replays.answers import Answer, Variant
from chalicelib.domain.ai.replays.books import FEE_RATE, Books, Waiting
from chalicelib.domain.ai.replays.riding import Ended, Goal, Riding
from chalicelib.domain.ai.replays.tape import Tape
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.ai.validation.changes import judge_changes
from chalicelib.domain.ai.validation.constraint import FailsAs, Validation
from chalicelib.domain.ai.validation.entries import EntryPlan, judge_entry
from chalicelib.domain.ai.validation.reductions import judge_reduction
from chalicelib.domain.coins.minutes import RestKind, is_touched
from chalicelib.domain.coins.slippage import slipped
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What came of it: positions that ended, in that order, those still open, and what became of answers."""

    ended: list[Riding] = field(default_factory=list)
    open: list[Riding] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused_by: Counter[str] = field(default_factory=Counter)


def replay(
    answers: Iterable[Answer],
    tapes: Mapping[str, Tape],
    trading: Trading,
    timeframe: Timeframe,
    *,
    variant: Variant,
    starting: Decimal,
    until: datetime,
) -> Replayed:
    """Replay answers in their order up to an instant, from an account of `starting` USDT."""
    run = _Run(tapes, variant.trading(trading), timeframe, variant, starting)
    for answer in sorted(answers, key=lambda one: (one.at, one.id)):
        run.take(answer)
    run.live_until(until)
    run.report.open = [*run.held.values()]
    run.report.ended.sort(key=lambda one: (one.ended_at or until, one.id))
    return run.report


class _Run:
    """One replay under way."""

    def __init__(
        self,
        tapes: Mapping[str, Tape],
        trading: Trading,
        timeframe: Timeframe,
        variant: Variant,
        starting: Decimal,
    ) -> None:
        self.tapes, self.trading, self.timeframe = tapes, trading, timeframe
        self.variant, self.starting = variant, starting
        self.held: dict[str, Riding] = {}
        self.waiting: dict[str, Waiting] = {}
        self.report = Replayed()
        self._due: list[tuple[datetime, int, Riding, Answer]] = []
        self._order = count()
        self.books = Books(trading, timeframe, starting, self.held, self.waiting)
        self._day: datetime | None = None

    def take(self, answer: Answer) -> None:
        """Live up to an answer, then judge it and do what it says."""
        self._cross_midnight(answer.at)
        self.live_until(answer.at)
        if answer.symbol not in self.tapes:
            self.report.outcomes["NO_CANDLES"] += 1
            return
        self.books.look(answer.at)
        held = self.held.get(answer.symbol)
        word = answer.decision.decision
        if word.opens:
            outcome = self._enter(answer) if held is None else "HELD_ALREADY"
        elif held is None or held.trade_id != answer.trade_id:
            outcome = "NOTHING_HELD"
        elif word.reduces:
            outcome = self._reduce(held, answer)
        else:
            heapq.heappush(
                self._due,
                (answer.at + timedelta(seconds=self.trading.veto_seconds), next(self._order), held, answer),
            )
            outcome = "MODIFY"
        self.report.outcomes[outcome] += 1

    def live_until(self, at: datetime) -> None:
        """Have all that is held and waits meet the minutes up to an instant, and changes take effect."""
        while self._due and self._due[0][0] <= at:
            due, _, held, answer = heapq.heappop(self._due)
            self._all_until(due)
            if held.is_open and self.held.get(answer.symbol) is held:
                self._modify(held, answer, due)
        self._all_until(at)

    def _all_until(self, at: datetime) -> None:
        for symbol, waiting in list(self.waiting.items()):
            self._wait(symbol, waiting, at)
        for symbol, held in list(self.held.items()):
            held.live_until(at)
            if not held.is_open:
                self._end(symbol, held)

    def _end(self, symbol: str, held: Riding) -> None:
        self.report.ended.append(held)
        self.books.realised += held.pnl
        del self.held[symbol]

    def _wait(self, symbol: str, waiting: Waiting, at: datetime) -> None:
        tape, wish = self.tapes[symbol], waiting.plan.wish
        assert wish.limit is not None
        for minute in tape.minutes[tape.index_from(waiting.since) : tape.ended_by(min(at, waiting.until))]:
            if is_touched(RestKind.ENTRY, wish.side, wish.limit, minute):
                del self.waiting[symbol]
                self._hold(waiting.answer, waiting.plan, wish.limit, minute.ends_at)
                return
        if at >= waiting.until:
            del self.waiting[symbol]
        else:
            self.waiting[symbol] = replace(waiting, since=max(waiting.since, Timeframe.M1.closed_at(at)))

    def _enter(self, answer: Answer) -> str:
        if answer.symbol in self.waiting:
            return "HELD_ALREADY"
        tape = self.tapes[answer.symbol]
        last = tape.last(answer.at)
        case = self.books.case(answer, tape)
        decision = answer.decision if last is None else self.variant.entry(answer.decision, last.closing)
        plan = judge_entry(case, replace(decision, confidence=answer.decision.confidence))
        if plan.outcome is not DecisionOutcome.EXECUTED or last is None:
            self._refused(plan.validation)
            return plan.outcome.value
        if plan.wish.limit is None:
            price = slipped(last.closing, tape.slip(answer.at), is_buy=plan.wish.side is LegSide.LONG)
            self._hold(answer, plan, price, answer.at)
        else:
            until = self.timeframe.closed_at(answer.at) + self.timeframe.length
            self.waiting[answer.symbol] = Waiting(answer=answer, plan=plan, since=answer.at, until=until)
        return DecisionOutcome.EXECUTED.value

    def _hold(self, answer: Answer, plan: EntryPlan, price: Decimal, at: datetime) -> None:
        wish = plan.wish
        assert wish.stop is not None
        goals: dict[str, Goal] = {}
        left, shares = wish.quantity, ZERO
        for number, target in enumerate(wish.targets, start=1):
            shares += target.share
            cut = self._cut(answer.symbol, wish.quantity * target.share)
            quantity = left if shares == 1 and number == len(wish.targets) else min(cut, left)
            if quantity > 0:
                goals[f"target-{number}"] = Goal(price=target.price, quantity=quantity)
                left -= quantity
        self.held[answer.symbol] = Riding(
            id=answer.id,
            trade_id=answer.trade_id,
            tape=self.tapes[answer.symbol],
            trading=self.trading,
            fee_rate=FEE_RATE,
            side=wish.side,
            confidence=answer.decision.confidence,
            entry_at=at,
            entry_price=price,
            quantity=wish.quantity,
            stop=wish.stop,
            goals=goals,
        )

    def _reduce(self, held: Riding, answer: Answer) -> str:
        plan = judge_reduction(self.books.case(answer, held.tape), held.position(), answer.decision)
        if plan.outcome is not DecisionOutcome.EXECUTED:
            self._refused(plan.validation)
            return plan.outcome.value
        held.sell(plan.quantity, answer.at, Ended.STRATEGY_EXIT)
        if not held.is_open:
            self._end(answer.symbol, held)
        return DecisionOutcome.EXECUTED.value

    def _modify(self, held: Riding, answer: Answer, at: datetime) -> None:
        moment = replace(answer, at=at)
        plan = judge_changes(self.books.case(moment, held.tape), held.position(), _named(answer, held))
        if plan.outcome is DecisionOutcome.EXECUTED:
            held.change(plan.levels, at)
            self.report.outcomes["CHANGED"] += 1
        else:
            self._refused(plan.validation)
            self.report.outcomes["CHANGE_REFUSED"] += 1

    def _cross_midnight(self, at: datetime) -> None:
        """Stop at a day's beginning on the way to an instant: the day's fall is measured from there."""
        midnight = Timeframe.D1.closed_at(at)
        if self._day is None or midnight > self._day:
            self._day = midnight
            self.live_until(midnight)
            self.books.look(midnight)

    def _refused(self, found: Validation) -> None:
        against = found.failed(*(kind for kind in FailsAs if kind is not FailsAs.WARNING))
        self.report.refused_by.update(one.name.value for one in against)

    def _cut(self, symbol: str, quantity: Decimal) -> Decimal:
        filters = self.tapes[symbol].filters
        return quantity if filters is None else filters.to_lot(quantity)


def _named(answer: Answer, held: Riding) -> tuple[Modification, ...]:
    """Return changes that name the replay's own targets: by their order, where as many are left as then."""
    names = dict(zip(answer.target_ids, held.goals, strict=False))
    if len(answer.target_ids) != len(held.goals):
        names = {}
    return tuple(
        replace(one, target_id=names.get(one.target_id or "", one.target_id))
        for one in answer.decision.modifications
    )
