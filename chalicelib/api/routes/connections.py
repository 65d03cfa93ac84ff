"""Calls on connections to brokers (W-03); the token fields of the settings call read and write the same."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, LeadsOut, Route

queries: Final = LateModels("queries")
requests: Final = LateModels("requests")

CONNECTIONS: Final = (
    Route(
        method="GET",
        path="/api/connections",
        name="list_connections",
        summary="List brokers by environment, with what is connected, and whether the broker takes it",
        handler=Late("connections", "list_all"),
        access=Access.SESSION,
        answers={200: "BrokerConnectionPage"},
    ),
    Route(
        method="PUT",
        path="/api/connections/{broker}",
        name="connect_broker",
        summary="Try credentials at their broker, then store them encrypted",
        handler=Late("connections", "connect"),
        access=Access.SESSION,
        body=requests.ConnectionBody,
        answers={200: "BrokerConnection"},
        problems=("trades-open", "broker-refused", "unavailable"),
        mutates=True,
    ),
    Route(
        method="DELETE",
        path="/api/connections/{broker}",
        name="disconnect_broker",
        summary="Forget credentials and account; `environment` says which where both are connected",
        handler=Late("connections", "disconnect"),
        access=Access.SESSION,
        query=queries.ConnectionQuery,
        answers={204: None},
        problems=("trades-open",),
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/connections/{broker}/live",
        name="switch_connection_live",
        summary="Switch live trading at this broker on or off",
        handler=Late("connections", "switch_live"),
        access=Access.SESSION,
        leads_out=LeadsOut.SWITCHING_OFF,
        body=requests.ConnectionLiveBody,
        answers={200: "BrokerConnection"},
        problems=("broker-refused", "unavailable"),
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/connections/{broker}/authorize",
        name="authorize_connection",
        summary="Begin to authorize in a browser, where a broker asks for that",
        handler=Late("connections", "authorize"),
        access=Access.SESSION,
        answers={200: "BrokerPage"},
        mutates=True,
    ),
    Route(
        method="GET",
        path="/api/connections/{broker}/callback",
        name="connection_callback",
        summary="Come back from a broker's page, where it asks for that",
        handler=Late("connections", "come_back"),
        access=Access.SESSION,
        query=queries.CallbackQuery,
        answers={200: "BrokerConnection"},
        problems=("trades-open", "broker-refused", "unavailable"),
    ),
)
