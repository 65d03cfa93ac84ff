"""Which earlier entries looked like this one, and how they came out (A-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis.similarity import Features, Likeness, likeness, spans
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.store.analysis.entries import Entry, read_ended_entries, read_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarEntry:
    """An ended trade's entry and its outcome, and how near it was."""

    likeness: Likeness
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What trades of known results came to: dollars net of fees, `win_rate` a fraction; None without any."""

    trades: int
    wins: int
    losses: int
    win_rate: Decimal | None
    total_pnl: Decimal
    expectancy: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarEntries:
    """The nearest entries, nearest first, of those that were searched, and what they amount to together."""

    compared_by: Features
    searched: int
    together: Together
    nearest: Sequence[SimilarEntry]


def find_similar(
    env: Environment, username: str, *, like: UUID | None, wanted: Features, limit: int
) -> SimilarEntries:
    """List the ended trades whose entries are nearest, and what they amount to together.

    The entry of trade `like`, if any, with `wanted` laid over it. Raises NotFound, and Invalid when there is
    nothing to compare by.
    """

    def work(connection: Connection) -> SimilarEntries:
        model = _model(connection, username, like, wanted)
        candidates = [one for one in read_ended_entries(connection, username) if one.trade_id != like]
        return _answer(model, candidates, limit)

    return env.database.run(work, username=username)


def _model(connection: Connection, username: str, like: UUID | None, wanted: Features) -> Features:
    features: dict[str, float | str | None] = {}
    if like is not None:
        entry = read_entry(connection, username, like)
        if entry is None:
            raise NotFound("trade")
        features.update(entry.features)
    features.update(wanted)
    known = {name: value for name, value in features.items() if value is not None}
    if not known:
        raise Invalid([FieldError(field="trade_id", message="name a trade, or something to compare by")])
    return known


def _answer(model: Features, candidates: Sequence[Entry], limit: int) -> SimilarEntries:
    span_of = spans(candidate.features for candidate in candidates)
    compared = [(likeness(model, candidate.features, span_of), candidate) for candidate in candidates]
    found = [SimilarEntry(likeness=alike, entry=entry) for alike, entry in compared if alike is not None]
    # More compared features make a nearness surer: they break ties, then the newer trade does.
    found.sort(key=lambda one: (one.likeness.distance, -len(one.likeness.compared)))
    nearest = found[:limit]
    return SimilarEntries(
        compared_by=model,
        searched=len(candidates),
        together=_together([one.entry for one in nearest]),
        nearest=nearest,
    )


def _together(entries: Sequence[Entry]) -> Together:
    results = [entry.pnl for entry in entries if entry.pnl is not None]
    wins = sum(1 for pnl in results if pnl > 0)
    total = sum(results, Decimal(0))
    return Together(
        trades=len(results),
        wins=wins,
        losses=sum(1 for pnl in results if pnl < 0),
        win_rate=Decimal(wins) / len(results) if results else None,
        total_pnl=total,
        expectancy=total / len(results) if results else None,
    )
