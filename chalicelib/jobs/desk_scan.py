"""Scan the desk's strategies for entries, every minute of the session (B-02, B-15).

A part of a tick that has more strategies than one function can judge in its time covers some of its users.
"""

from collections.abc import Iterator, Sequence

from chalicelib.domain.clocks.job_messages import SomeUsers, parse_desk_work
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.scanning.scan import NAME, scan_desks
from chalicelib.services.desk.scanning.scanned_desks import Desk, read_desks
from chalicelib.services.fan_out import send_parts


def run(context: JobContext) -> Result:
    """Scan every strategy that is due, or send the users on in groups."""
    work = parse_desk_work(context.payload)
    session = context.session()
    if session is None or not session.contains(context.due_at):
        return skipped("market closed")
    desks = read_desks(context.env, context.due_at, context.calendar, work.usernames)
    if not desks:
        return skipped("no desk is at work")
    groups = list(_groups(desks, context.env.fan_out.strategies_inline_max))
    if work.usernames is None and len(groups) > 1:
        parts: list[dict[str, JsonValue]] = [
            SomeUsers(usernames=tuple(one.username for one in group)).payload() for group in groups
        ]
        return {"sent": send_parts(context.env, NAME, context.due_at, parts)}
    report = scan_desks(context.env, context.due_at, context.calendar, desks)
    return {
        "users": report.users,
        "strategies": report.strategies,
        "entered": report.entered,
        "rejected": report.rejected,
        "blocked": report.blocked,
        "failed": report.failed,
    }


def _groups(desks: Sequence[Desk], strategies_max: int) -> Iterator[list[Desk]]:
    """Yield groups of users that one function can serve; a user is never divided."""
    group: list[Desk] = []
    strategies = 0
    for desk in desks:
        if group and strategies + len(desk.strategies) > strategies_max:
            yield group
            group, strategies = [], 0
        group.append(desk)
        strategies += len(desk.strategies)
    if group:
        yield group
