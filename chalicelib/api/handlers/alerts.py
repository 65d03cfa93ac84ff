"""/api/alerts: listing and acknowledging."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import AlertsQuery
from chalicelib.api.requests import AckBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.alerts import shape_alert
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.alerts import answer_alerts


def list_all(call: Call) -> Reply:
    """List alerts, newest first."""
    query = call.query_as(AlertsQuery)
    page = answer_alerts.list_alerts(
        call.env,
        call.username,
        since=query.since,
        is_open=query.open,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Reply(body=shape_list(page, shape_alert))


def acknowledge(call: Call) -> Reply:
    """Acknowledge an alert, and answer what it asks."""
    answer = call.body_as(AckBody)
    alert = answer_alerts.acknowledge(
        call.env, call.username, call.id, accept=answer.accept, price=answer.price
    )
    return Reply(body=shape_alert(alert))
