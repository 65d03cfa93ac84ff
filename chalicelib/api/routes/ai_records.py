"""Calls on what AI traders came to (C-09): performance with its lots."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

queries: Final = LateModels("queries")

AI_RECORDS: Final = (
    Route(
        method="GET",
        path="/api/ai/performance",
        name="read_ai_performance",
        summary="Show what traders amount to, by UTC days, the last 30 by default; as CSV its tax lots",
        handler=Late("ai_records", "read_performance"),
        access=Access.READ,
        query=queries.AiPerformanceQuery,
        answers={200: "AiPerformance", 303: None, 304: None},
        has_etag=True,
        files=("text/csv",),
        headers={
            "Content-Disposition": "The file's name, of the lots as CSV",
            "Location": "Where a larger file is, for five minutes (303)",
        },
        is_ai=True,
    ),
)
