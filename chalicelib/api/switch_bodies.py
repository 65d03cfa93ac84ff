"""Bodies of the kill switch's calls (B-08, B-15)."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.fields import RequestModel

Reason = Annotated[str, Field(min_length=1, max_length=200)]


class SwitchBody(RequestModel):
    """Why; `scope` is an operator's, over everybody."""

    reason: Reason
    scope: Literal["global"] | None = None


class HardStopBody(SwitchBody):
    """Close everything: `confirm` says that it is meant."""

    confirm: Literal["FLATTEN"]
