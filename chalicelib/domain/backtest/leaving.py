"""How a run leaves what it holds: the desk's exits, expiries on the day's close, and the end of the range."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.positions import Position, terms_of
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.seen import Seen
from chalicelib.domain.backtest.shares import give_shares, hold_shares, move_shares
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.exits.causes import ExitRules, Sight
from chalicelib.domain.desk.exits.judge import ExitDecision, judge_exit, until_closed
from chalicelib.domain.desk.exits.vix_watch import VixWatch
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.structures.exposure import intrinsic

STRATEGY_EXIT: Final = "STRATEGY_EXIT"
EXPIRED_ITM: Final = "EXPIRED_ITM"
EXPIRED_OTM: Final = "EXPIRED_OTM"
#: What is open on the last day is left then, at what is shown.
END_OF_RANGE: Final = "END_OF_BACKTEST"


def leave(run: Run, seen: Seen, *, stands_for: int, watch: VixWatch) -> None:
    """Judge each open structure at an instant and leave those whose time has come."""
    rules = ExitRules(
        conditions=run.strategy.exit_conditions,
        calendar=run.calendar,
        zero_dte_buffer=timedelta(minutes=run.desk.zero_dte_close_buffer_minutes),
    )
    for held in [one for one in run.open if not one.are_shares]:
        quotes = seen.quotes(leg.symbol for leg in held.legs)
        sight = Sight(
            at=seen.at,
            scan_at=seen.at,
            mark=seen.mark(held, quotes),
            vix=watch.vix,
            vix_minute_ago=watch.before,
            stands_for=stands_for,
        )
        position = _judged(run, held, rules, sight)
        if position.cause and position.state.leaving is not None:
            run.give_up(position, quotes, seen, STRATEGY_EXIT)
        else:
            run.put_back(position)


def _judged(run: Run, position: Position, rules: ExitRules, sight: Sight) -> Position:
    """Return a position with what this scan made of it; `cause` is set once it is to be left."""
    held = position.held(run.calendar)
    verdict = until_closed(position.state, judge_exit(held, rules, sight, position.state))
    if verdict.decision is ExitDecision.READ_AGAIN:
        again = replace(sight, is_second_read=True)
        verdict = until_closed(position.state, judge_exit(held, rules, again, verdict.state))
    worst = position.worst
    if sight.mark is not None:
        result = held.result(sight.mark)
        worst = result if worst is None else min(worst, result)
    if verdict.decision is not ExitDecision.EXIT or verdict.cause is None:
        return replace(position, state=verdict.state, worst=worst)
    state = verdict.state if verdict.state.leaving else replace(verdict.state, leaving=verdict.cause)
    return replace(position, state=state, worst=worst, cause=verdict.cause.value)


def settle(run: Run, session: Session, price: Decimal | None) -> None:
    """Take what trades last in a session off the books at its closing price."""
    if price is None:
        return
    ending = [one for one in run.open if _ends_by(run, one, session.closes_at)]
    if not ending:
        return
    underlying = run.strategy.underlying
    before = run.books.held_shares(underlying)
    run.books.settle({leg.symbol: price for one in ending for leg in one.legs}, session.closes_at)
    moved = run.books.held_shares(underlying) - before
    for position in ending:
        run.end(*_expired(position, session.closes_at, price, are_delivered=bool(moved)))
    if moved:
        _deliver(run, ending, moved, session.closes_at)


def _ends_by(run: Run, position: Position, at: datetime) -> bool:
    if position.are_shares:
        return False
    last = last_session_of(run.calendar, OptionContract.parse_occ(position.legs[0].symbol))
    return last is not None and last.closes_at <= at


def _expired(
    position: Position, at: datetime, price: Decimal, *, are_delivered: bool
) -> tuple[Position, datetime, str]:
    """Return a position as its expiry leaves it: in cash at intrinsic value, for nothing where shares go."""
    worths = [intrinsic(term, price) for term in terms_of(position.legs)]
    is_in_the_money = any(worth >= CENT for worth in worths)
    legs = tuple(
        replace(
            leg,
            closed_for=leg.closed_for + (ZERO if are_delivered or worth < CENT else worth) * position.left,
        )
        for leg, worth in zip(position.legs, worths, strict=True)
    )
    return (
        replace(position, legs=legs, left=ZERO, cause=""),
        at,
        EXPIRED_ITM if is_in_the_money else EXPIRED_OTM,
    )


def _deliver(run: Run, ending: Sequence[Position], moved: Decimal, at: datetime) -> None:
    """Write shares down that assignments brought at their strike, or took from the oldest lots."""
    strike = next(term.strike for one in ending for term in terms_of(one.legs) if term.strike is not None)
    if moved > 0:
        hold_shares(run, moved, strike, at)
        return
    give_shares(run, -moved, strike, at, "EXERCISED")


def finish(run: Run, seen: Seen | None) -> None:
    """Leave what is open on the last day at what is shown, so that the curve ends where the trades add up to.

    What nobody quotes stays at its last mark.
    """
    if seen is None:
        return
    for position in [one for one in run.open if not one.are_shares]:
        quotes = seen.quotes(leg.symbol for leg in position.legs)
        run.give_up(replace(position, cause="end of the range"), quotes, seen, END_OF_RANGE)
    held = run.books.shares(run.strategy.underlying)
    if held > 0:
        filled = move_shares(run, OrderSide.SELL_TO_CLOSE, held, seen)
        if filled is not None:
            give_shares(run, filled.quantity, filled.price, seen.at, END_OF_RANGE)
