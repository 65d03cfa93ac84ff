"""The knowledge server's one call."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

requests: Final = LateModels("requests")

KNOWLEDGE: Final = (
    Route(
        method="POST",
        path="/mcp",
        name="knowledge",
        summary="Knowledge server: one message of the Model Context Protocol, stateless, JSON answers",
        handler=Late("knowledge", "answer"),
        access=Access.READ,
        body=requests.McpMessageBody,
        answers={200: "McpAnswer", 202: None},
        problems=("forbidden",),
    ),
)
