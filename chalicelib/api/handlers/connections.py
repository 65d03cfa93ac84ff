"""/api/connections: which brokers a user is connected to; connecting, letting go, the live switch."""

from chalicelib.api.answers import Reply
from chalicelib.api.handlers.own_sign_in import person_of
from chalicelib.api.queries import CallbackQuery, ConnectionQuery
from chalicelib.api.requests import ConnectionBody, ConnectionLiveBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.connections import shape_standing
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.sign_in import second_factor
from chalicelib.services.users import browser_login, connecting, live_switch, standing
from chalicelib.services.users.connecting import WantedConnection


def list_all(call: Call) -> Reply:
    """List brokers and where the caller stands with each."""
    return Reply(body=shape_list(standing.list_standings(call.env, call.username), shape_standing))


def connect(call: Call) -> Reply:
    """Try and store credentials."""
    body = call.body_as(ConnectionBody)
    wanted = WantedConnection(
        environment=body.environment, account_id=body.account_id, credentials=body.credentials
    )
    return Reply(body=shape_standing(connecting.connect(call.env, call.username, call.broker, wanted)))


def disconnect(call: Call) -> Reply:
    """Forget credentials and account."""
    environment = call.query_as(ConnectionQuery).environment
    connecting.disconnect(call.env, call.username, call.broker, environment)
    return Reply(status=204)


def switch_live(call: Call) -> Reply:
    """Switch live trading on or off."""
    body = call.body_as(ConnectionLiveBody)
    mode, person = connecting.live_mode(call.broker), person_of(call)
    live_switch.switch_live(
        call.env,
        call.username,
        enable=body.enable,
        account_id=body.confirm,
        prove=lambda: second_factor.check_code(person, body.code),
        mode=mode,
        named_in="confirm",
    )
    return Reply(body=shape_standing(standing.standing_of(call.env, call.username, call.broker, mode)))


def authorize(call: Call) -> Reply:
    """Return the broker's page on which its user lets us in."""
    return Reply(body={"url": browser_login.authorize(call.env, call.username, call.broker)})


def come_back(call: Call) -> Reply:
    """Take what the broker's page sent the user back with."""
    query = call.query_as(CallbackQuery)
    found = browser_login.come_back(call.env, call.username, call.broker, code=query.code, state=query.state)
    return Reply(body=shape_standing(found))
