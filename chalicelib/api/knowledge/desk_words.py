"""What the options desk decided, and why it entered nothing, in sentences that a model can pass on."""

from collections.abc import Iterator
from typing import Final

from chalicelib.api.shapes.values import instant
from chalicelib.domain.desk.kill_switch.rows import SwitchRow
from chalicelib.domain.desk.pipeline.in_words import title_of
from chalicelib.services.desk.told.day_of_desk import DeskDay, StrategysDay
from chalicelib.store.desk.evaluation_reads import EntryDecided, EvaluationRow, OutcomeCount
from chalicelib.store.desk.strategies import StrategyRow

#: The reasons that ended most scans; the rest is counted.
OUTCOMES_MAX: Final = 5


def decision_in_words(row: EvaluationRow) -> str:
    """Say what one evaluation came to."""
    scans = f"{_scans(row.count)} from {instant(row.first_at)} to {instant(row.at)}"
    match row.event, row.decision:
        case "ENTRY_SCAN", "ENTER":
            return f"Every stage passed at {instant(row.at)}: it was decided to enter."
        case "ENTRY_SCAN", _:
            return f"{scans} ended at {title_of(row.ended_by or '')} ({row.ended_by}): {row.reason}."
        case "EXIT", "EXIT":
            return f"It was decided to leave at {instant(row.at)} for {row.ended_by}: {row.reason}."
        case "EXIT", _:
            return f"{row.ended_by} has held on {row.scans} scans running: {row.reason}."
    return f"{scans} left out for {row.ended_by}: {row.reason}."


def day_in_words(day: DeskDay) -> list[str]:
    """Say what stood in the way of every strategy."""
    return [*_hours(day), *_bot(day), *(_switch(row) for row in day.switch)]


def _hours(day: DeskDay) -> Iterator[str]:
    if day.session is None:
        yield f"The market has no session on {day.day}."
    elif not day.has_begun:
        yield f"The session of {day.day} begins at {instant(day.session.opens_at)}."


def _bot(day: DeskDay) -> Iterator[str]:
    bot = day.bot
    if bot.since is None:
        yield "The bot was never switched on, so that nothing is scanned for entries."
    elif not bot.on:
        yield f"The bot is off since {instant(bot.since)}, so that nothing is scanned for entries."
    if not day.strategies:
        yield "There is no strategy."


def _switch(row: SwitchRow) -> str:
    cause = f"{row.scope}, {row.cause}: {row.detail}"
    return (
        f"The kill switch is in {row.mode} since {instant(row.set_at)} ({cause}), set by {row.set_by}; "
        f"it ends when: {row.lifts_when}."
    )


def strategy_in_words(of: StrategysDay) -> list[str]:
    """Say what became of one strategy on a day."""
    told = [*_standing(of.row), *(_entry(one) for one in of.entries)]
    stopped = [one for one in of.outcomes if one.decision != "ENTER"]
    told += [_outcome(one) for one in stopped[:OUTCOMES_MAX]]
    rest = sum(one.count for one in stopped[OUTCOMES_MAX:])
    if rest:
        told.append(f"{rest} scans more ended for {len(stopped) - OUTCOMES_MAX} other reasons.")
    return told if of.outcomes else [*told, "No scan of it is stored."]


def _standing(row: StrategyRow) -> Iterator[str]:
    if not row.enabled:
        yield "It is disabled now."
    begins, ends = (row.entry_conditions.get(name) for name in ("entry_from", "entry_to"))
    if begins is not None or ends is not None:
        yield f"It looks for entries from {begins or 'the open'} to {ends or 'the close'}, New York."


def _entry(one: EntryDecided) -> str:
    decided = f"It was decided to enter at {instant(one.at)} (evaluation {one.evaluation_id})"
    if one.trade_id is None:
        return f"{decided}, and no trade came of it: the entry was refused, or stopped on its way."
    ended = "" if one.close_reason is None else f", {one.close_reason}"
    return f"{decided}: trade {one.trade_id} is {one.status}{ended}."


def _outcome(one: OutcomeCount) -> str:
    scans = _scans(one.count)
    if one.event == "BLOCKED":
        return f"{scans} left out for {one.ended_by}: {one.reason}; last at {instant(one.last_at)}."
    missing = ", and what is not known lets nothing be entered" if one.is_missing else ""
    where = f"{title_of(one.ended_by or '')} ({one.ended_by})"
    return f"{scans} ended at {where}: {one.reason}{missing}; last at {instant(one.last_at)}."


def _scans(count: int) -> str:
    return "1 scan" if count == 1 else f"{count} scans"
