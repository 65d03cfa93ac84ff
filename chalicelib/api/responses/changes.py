"""Changes of stop and target, of a person, a rule or a model (C-04)."""

from typing import Literal

from chalicelib.api.responses.base import FreeObject, Id, InstantText, Number, Page, ResponseModel


class Change(ResponseModel):
    """One change of stop or target; a model's waits until `apply_at`, or asks until `expires_at`."""

    id: Id
    at: InstantText
    triggered_by: Literal["USER_MANUAL", "RULE_ENGINE", "AI_ANALYSIS"]
    kind: str
    reason: str | None
    before: FreeObject | Number | None
    after: FreeObject | Number | None
    state: Literal["PENDING", "APPLIED", "VETOED", "SUPERSEDED", "FAILED"]
    error: str | None
    success: bool | None
    apply_at: InstantText | None
    expires_at: InstantText | None
    settled_at: InstantText | None
    decision_id: Id | None
    validation: FreeObject | None


class ChangePage(Page):
    """Changes."""

    items: list[Change]
