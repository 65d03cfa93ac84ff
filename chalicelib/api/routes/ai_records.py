"""Calls on what AI traders came to (C-09): performance with its lots, replays."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

ai_queries: Final = LateModels("ai_queries")
replay_bodies: Final = LateModels("replay_bodies")

AI_RECORDS: Final = (
    Route(
        method="GET",
        path="/api/ai/performance",
        name="read_ai_performance",
        summary="Show what traders amount to, by UTC days, the last 30 by default; as CSV its tax lots",
        handler=Late("ai_records", "read_performance"),
        access=Access.READ,
        query=ai_queries.AiPerformanceQuery,
        answers={200: "AiPerformance", 303: None, 304: None},
        has_etag=True,
        files=("text/csv",),
        headers={
            "Content-Disposition": "The file's name, of the lots as CSV",
            "Location": "Where a larger file is, for five minutes (303)",
        },
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/ai/replays",
        name="ask_replay",
        summary="Replay a trader over past candles, with variants over the same answers; three at a time",
        handler=Late("ai_records", "ask_replay"),
        access=Access.TRADE,
        body=replay_bodies.ReplayBody,
        answers={202: "Replay", 200: "Replay"},
        problems=("not-found", "risk-limit"),
        mutates=True,
        headers={"Location": "Where the replay is"},
        is_ai=True,
    ),
    Route(
        method="GET",
        path="/api/ai/replays/{id}",
        name="read_replay",
        summary="Show how far a replay came, and what came of it",
        handler=Late("ai_records", "read_replay"),
        access=Access.READ,
        answers={200: "Replay"},
        is_ai=True,
    ),
)
