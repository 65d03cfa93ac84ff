"""/api/me/export and DELETE /api/me: what is the caller's own to take along and to have erased (C-09)."""

from chalicelib.api.answers import Reply
from chalicelib.api.requests import LeaveBody
from chalicelib.api.routing import Call
from chalicelib.services.reading.files import ExportLink
from chalicelib.services.reading.own_data import MEDIA_TYPE, export_own
from chalicelib.services.sign_in.leaving import ERASED_AFTER
from chalicelib.services.sign_in.leaving import leave as leave_for_good


def export_all(call: Call) -> Reply:
    """Hand the archive over, or say where it is."""
    exported = export_own(call.env, call.username)
    if isinstance(exported, ExportLink):
        return Reply(status=303, headers={"Location": exported.url})
    named = f'attachment; filename="{exported.filename}"'
    return Reply(data=exported.data, headers={"Content-Type": MEDIA_TYPE, "Content-Disposition": named})


def leave(call: Call) -> Reply:
    """Leave for good."""
    confirm = call.body_as(LeaveBody).confirm
    context = call.context
    try:
        leave_for_good(call.env, context.accounts, call.username, confirm, machine_now=context.machine_time())
    finally:
        context.authenticator.forget()
    return Reply(status=202, body={"erased_after_days": ERASED_AFTER.days})
