"""What the knowledge server answers: JSON-RPC, whose results are the protocol's own."""

from chalicelib.api.responses.base import FreeObject, ResponseModel


class McpError(ResponseModel):
    """Why a message was not answered (JSON-RPC)."""

    code: int
    message: str
    data: FreeObject | str | None = None


class McpAnswer(ResponseModel):
    """A result or an error; `id` is the request's, null when it could not be told."""

    jsonrpc: str
    id: int | str | None
    result: FreeObject | None = None
    error: McpError | None = None
