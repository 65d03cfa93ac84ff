"""Calls on the market: quotes, expiries, chains."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

queries: Final = LateModels("queries")

MARKET: Final = (
    Route(
        method="GET",
        path="/api/market/quotes",
        name="list_quotes",
        summary="Quote underlyings",
        handler=Late("market", "quotes"),
        access=Access.READ,
        query=queries.QuotesQuery,
        answers={200: "QuotePage"},
        problems=("unavailable",),
    ),
    Route(
        method="GET",
        path="/api/market/expirations",
        name="list_expirations",
        summary="List the expiries of an underlying",
        handler=Late("market", "expirations"),
        access=Access.READ,
        query=queries.ExpirationsQuery,
        answers={200: "ExpirationPage"},
        problems=("unavailable",),
    ),
    Route(
        method="GET",
        path="/api/market/chain",
        name="read_chain",
        summary="Show one expiry's calls and puts",
        handler=Late("market", "chain"),
        access=Access.READ,
        query=queries.ChainQuery,
        answers={200: "Chain"},
        problems=("unavailable",),
    ),
)
