"""Drives an emulator of Interactive Brokers' Web API by the client `ibind` of PyPI.

It tells in JSON what it came to. The client names the vendor's host in each call's head, which an address of
loopback does not let in: that one head is left out on its way.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any  # JSON, and a client without types

import clock
import requests

os.environ |= {"IBIND_LOG_TO_FILE": "False", "IBIND_LOG_TO_CONSOLE": "False"}

from ibind import IbkrClient, OrderRequest, QuestionType
from ibind.oauth.oauth1a import OAuth1aConfig
from ibind.support.errors import ExternalBrokerError

YES = {
    QuestionType.PRICE_PERCENTAGE_CONSTRAINT: True,
    QuestionType.MARKET_ORDER_CONFIRMATION: True,
    QuestionType.STOP_ORDER_RISKS: True,
}
FIELDS = ["31", "84", "85", "86", "88", "7308", "7309", "7310", "7311", "7633"]


class Local(requests.adapters.HTTPAdapter):
    """Leaves the vendor's host out of what is sent to the emulator."""

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        request.headers.pop("Host", None)
        return super().send(request, *given, **named)


class LocalClient(IbkrClient):  # type: ignore[misc]  # the client tells no types
    """The client as it is, over a way of its own."""

    def make_session(self) -> None:
        super().make_session()
        self._session.mount("http://", Local())


def signed_in(url: str, account: str, credentials: Mapping[str, str]) -> IbkrClient:
    """Exchange what was registered for a live session token, checked, and open the brokerage session."""
    config = OAuth1aConfig(
        oauth_rest_url=f"{url}/v1/api/",
        init_oauth=True,
        init_brokerage_session=True,
        maintain_oauth=False,
        shutdown_oauth=False,
        **credentials,
    )
    return LocalClient(
        account_id=account, use_oauth=True, oauth_config=config, max_retries=0, auto_register_shutdown=False
    )


def of_session(client: IbkrClient, account: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    status = client.tickle().data["iserver"]["authStatus"]
    told["tickle"] = [status["authenticated"], status["connected"], status["competing"]]
    told["healthy"] = client.check_auth_status()
    told["accounts"] = client.receive_brokerage_accounts().data["accounts"]
    told["of portfolio"] = [one["accountId"] for one in client.portfolio_accounts().data]
    told["summary"] = client.portfolio_summary().data["netliquidation"]["amount"]
    told["ledger"] = client.get_ledger().data["USD"]["cashbalance"]
    suppressed = client.suppress_messages(["o10153"]).data
    told["suppressed"] = suppressed["status"]
    return told


def of_contracts(client: IbkrClient, month: str, strike: str, day: str) -> tuple[dict[str, Any], int, int]:
    told: dict[str, Any] = {}
    (stock,) = client.stock_conid_by_symbol("SPY").data.values()
    found = client.search_contract_by_symbol("SPY").data
    told["one conid"] = str(stock) in {one["conid"] for one in found}
    strikes = client.search_strikes_by_conid(str(stock), "OPT", month).data
    told["strike"] = float(strike) in strikes["call"]
    rows = client.search_secdef_info_by_conid(str(stock), "OPT", month, strike=strike, right="C").data
    option = next(one["conid"] for one in rows if one["maturityDate"] == day)
    first = client.live_marketdata_snapshot([str(option)], FIELDS).data
    told["preflight"] = sorted(first[0])
    (quote,) = client.live_marketdata_snapshot([str(option)], FIELDS).data
    told["quote"] = sorted(name for name in FIELDS if name in quote)
    by_symbol = client.live_marketdata_snapshot_by_symbol("SPY", FIELDS)
    told["by symbol"] = float(by_symbol["SPY"]["last_price"]) > 0
    told["ask"] = quote["86"]
    return told, stock, option


def of_orders(client: IbkrClient, account: str, conid: int) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def order(kind: str, side: str = "BUY", quantity: int = 2, **more: Any) -> OrderRequest:
        return OrderRequest(
            conid=conid, side=side, quantity=quantity, order_type=kind, acct_id=account, **more
        )

    def status(number: str) -> str:
        return str(client.order_status(number).data["order_status"])

    bought = client.place_order(order("MKT", coid="bought-by-ibind", tif="DAY"), YES).data
    told["bought"] = status(bought["order_id"])
    far = client.place_order(order("LMT", price=0.01, coid="far"), YES).data
    told["far"] = status(far["order_id"])
    try:
        client.place_order(order("LMT", price=0.01, coid="far"), YES)
    except ExternalBrokerError as error:
        told["known"] = "already registered" in str(error)
    tried = client.whatif_order(order("LMT", price=0.01), account).data
    told["tried"] = [sorted(tried), tried["error"]]
    nearer = client.modify_order(far["order_id"], order("LMT", price=0.02, tif="DAY"), YES, account).data
    told["nearer"] = nearer["order_id"] == far["order_id"]
    told["canceled"] = client.cancel_order(far["order_id"]).data["msg"]
    told["gone"] = status(far["order_id"])
    try:
        client.cancel_order(far["order_id"])
    except ExternalBrokerError as error:
        told["twice"] = error.status_code
    stop = client.place_order(order("STP", side="SELL", price=0.02, coid="stop"), YES).data
    told["stop"] = status(stop["order_id"])
    try:
        client.place_order(order("LMT", price=0.01), {QuestionType.MISSING_MARKET_DATA: True})
    except ValueError as error:
        told["nobody answers"] = str(error).partition(":")[0]
    return told


def of_lists(client: IbkrClient) -> dict[str, Any]:
    told: dict[str, Any] = {"first look": client.live_orders().data["orders"]}
    listed = client.live_orders().data["orders"]
    told["listed"] = sorted([one["order_ref"], one["status"]] for one in listed)
    (trade,) = client.trades().data
    told["trade"] = [trade["order_ref"], trade["side"], trade["size"]]
    (held,) = client.positions().data
    told["held"] = held["position"]
    return told


def drive(
    url: str, ahead: float, account: str, credentials: dict[str, str], month: str, strike: str, day: str
) -> dict[str, Any]:
    clock.run_ahead(ahead)
    client = signed_in(url, account, credentials)
    told = of_session(client, account)
    contracts, _stock, option = of_contracts(client, month, strike, day)
    told |= contracts | of_orders(client, account, option) | of_lists(client)
    told["out"] = client.logout().data["status"]
    try:
        client.receive_brokerage_accounts()
    except ExternalBrokerError as error:
        told["without a session"] = "no bridge" in str(error)
    return told


if __name__ == "__main__":
    print(json.dumps(drive(**json.loads(sys.argv[1]))))
