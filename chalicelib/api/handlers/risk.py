"""/api/risk: what the portfolio could lose."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import RiskHistoryQuery, RiskPictureQuery, RiskQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.risk import shape_risk, shape_risk_picture
from chalicelib.api.shapes.values import shape_list
from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.desk.risk.picture_risk import picture_risk
from chalicelib.services.desk.risk.read_risk import last_risk, risk_history


def read(call: Call) -> Reply:
    """Show the last book."""
    return Reply(body=shape_risk(last_risk(call.env, call.username, _mode(call.query_as(RiskQuery)))))


def history(call: Call) -> Reply:
    """Show how it went."""
    query = call.query_as(RiskHistoryQuery)
    rows = risk_history(call.env, call.username, _mode(query), query.from_, query.to, query.points)
    return Reply(body=shape_list(rows, shape_risk))


def picture(call: Call) -> Reply:
    """Show the book over moves of price and volatility, and what may lose most."""
    query = call.query_as(RiskPictureQuery)
    return Reply(body=shape_risk_picture(picture_risk(call.env, call.username, _mode(query), query.days)))


def _mode(query: RiskQuery) -> BrokerMode | None:
    return None if query.mode is None else BrokerMode(query.mode)
