"""How the endpoint refuses: its documented bodies by status (wire/openrouter.md, 5)."""

from collections.abc import Mapping
from typing import Final

#: As the vendor's own document has them.
MESSAGES: Final[Mapping[int, str]] = {
    400: "Invalid request parameters",
    401: "Missing Authentication header",
    402: "Insufficient credits. Add more using https://openrouter.ai/credits",
    403: "Request blocked: prompt injection patterns detected",
    404: "Resource not found",
    408: "Operation timed out. Please try again later.",
    413: "Request payload too large",
    422: "Invalid argument",
    429: "Rate limit exceeded",
    500: "Internal Server Error",
    502: "Provider returned error",
    503: "Service temporarily unavailable",
    504: "Provider timed out",
    524: "Request timed out. Please try again later.",
    529: "Provider returned error",
}
_UNKNOWN: Final = "Provider returned error"


class OpenRouterRefusal(Exception):
    """The endpoint answers with an error."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message or MESSAGES.get(status, _UNKNOWN))
        self.status = status

    @property
    def body(self) -> dict[str, object]:
        """The answer: the code is a number, unlike OpenAI's own."""
        return {"error": {"code": self.status, "message": str(self)}}


def no_endpoints(model: str) -> OpenRouterRefusal:
    """Return the refusal of a model that nobody serves."""
    return OpenRouterRefusal(404, f"No endpoints found for {model}.")
