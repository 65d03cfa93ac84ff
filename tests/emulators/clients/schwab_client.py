"""Drives an emulator of Schwab by the client `schwab-py` of PyPI; tells in JSON what it came to.

The client writes the vendor's host into every address: the way to it alone is bent to the emulator.
"""

import json
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any  # JSON, and a client without types

import clock
import httpx2
from authlib.integrations.httpx_client import OAuth2Client
from schwab import auth
from schwab.client import Client
from schwab.orders.common import Duration, OrderStrategyType, OrderType, Session, first_triggers_second
from schwab.orders.common import one_cancels_other as oco
from schwab.orders.generic import OrderBuilder
from schwab.orders.options import (
    bull_call_vertical_open,
    option_buy_to_open_limit,
    option_buy_to_open_market,
    option_sell_to_close_limit,
    option_sell_to_close_market,
)
from schwab.utils import UnsuccessfulOrderException, Utils


class Bent(httpx2.HTTPTransport):
    """Sends to the emulator what is meant for the vendor."""

    url = ""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "api.schwabapi.com"
        target = httpx2.URL(Bent.url).copy_with(raw_path=request.url.raw_path)
        headers = {**request.headers, "host": target.netloc.decode()}
        return super().handle_request(
            httpx2.Request(request.method, target, headers=headers, content=request.read())
        )


class BentSession(OAuth2Client):  # type: ignore[misc]  # authlib tells no types
    """The session that the client makes for itself, by the way to the emulator."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, transport=Bent(), **named)


def read(response: httpx2.Response) -> Any:  # Any: JSON
    """Return the answer of a call that is well."""
    assert response.status_code == 200, response.text
    return response.json()


def sign_in(key: str, secret: str, callback: str, login: str, kept: dict[str, Any]) -> Client:
    """Sign in as a person does in a browser, and come back with the address that it was sent to."""
    context = auth.get_auth_context(key, callback)
    with httpx2.Client(transport=Bent()) as browser:
        page = browser.get(context.authorization_url)
        assert login in page.text
        back = browser.get(httpx2.URL(context.authorization_url).copy_merge_params({"login": login}))
    return auth.client_from_received_url(
        key, secret, context, back.headers["Location"], lambda token, **_: kept.update(token)
    )


def of_market(client: Client, contract: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    quotes = read(client.get_quotes(["SPY", "$SPX", contract, "NOSUCH"]))
    told["kinds"] = {name: one["assetMainType"] for name, one in quotes.items() if name != "errors"}
    told["unknown"] = quotes["errors"]
    told["index has no bid"] = "bidPrice" not in quotes["$SPX"]["quote"]
    told["reference"] = quotes[contract]["reference"]["contractType"]
    only = read(client.get_quote("SPY", fields=[Client.Quote.Fields.QUOTE]))["SPY"]
    told["only"] = sorted(name for name, one in only.items() if isinstance(one, dict))
    expiries = read(client.get_option_expiration_chain("SPY"))["expirationList"]
    told["expiries"] = [len(expiries) > 5, expiries[0]["optionRoots"]]
    day = date.fromisoformat(expiries[3]["expirationDate"])
    asked = {"strike_count": 4, "from_date": day, "to_date": day}
    chain = read(client.get_option_chain("SPY", contract_type=Client.Options.ContractType.CALL, **asked))
    (strikes,) = chain["callExpDateMap"].values()
    told["chain"] = [chain["status"], len(strikes), chain["putExpDateMap"]]
    told["delta"] = all(0 < one["delta"] < 1 for (one,) in strikes.values())
    underlying = read(client.get_option_chain("SPY", include_underlying_quote=True, **asked))["underlying"]
    told["underlying"] = underlying["symbol"]
    told["no chain"] = client.get_option_chain("NOSUCH").status_code
    return told


def text(price: float) -> str:
    return str(Decimal(str(price)).quantize(Decimal("0.01")))


def stop(contract: str, price: str) -> OrderBuilder:
    """Return a sale at a stop."""
    sale = option_sell_to_close_market(contract, 1)
    return sale.set_order_type(OrderType.STOP).set_stop_price(price).set_duration(Duration.GOOD_TILL_CANCEL)


def target(contract: str, price: str) -> OrderBuilder:
    return option_sell_to_close_limit(contract, 1, price).set_duration(Duration.GOOD_TILL_CANCEL)


def of_orders(client: Client, name: str, contract: str, other: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    utils = Utils(client, name)

    def place(order: OrderBuilder) -> int:
        return int(utils.extract_order_id(client.place_order(name, order)))

    def seen(number: int) -> Any:  # Any: JSON
        return read(client.get_order(number, name))

    ask = read(client.get_quotes([contract]))[contract]["quote"]["askPrice"]
    preview = read(client.preview_order(name, option_buy_to_open_limit(contract, 1, text(ask))))
    told["preview"] = [preview["orderStrategy"]["status"], sorted(preview["orderValidationResult"])]
    bought = place(option_buy_to_open_market(contract, 1))
    filled = seen(bought)
    told["filled"] = [filled["status"], filled["orderActivityCollection"][0]["executionType"]]
    resting = place(option_buy_to_open_limit(contract, 1, "0.05"))
    replaced = utils.extract_order_id(
        client.replace_order(name, resting, option_buy_to_open_limit(contract, 1, "0.06"))
    )
    told["replaced"] = [seen(resting)["status"], seen(replaced)["price"]]
    told["cancel"] = [client.cancel_order(replaced, name).status_code, seen(replaced)["status"]]
    told["cancel twice"] = client.cancel_order(replaced, name).status_code
    pair = place(oco(target(contract, text(ask * 3)), stop(contract, "0.05")))
    node = seen(pair)
    told["pair"] = [node["orderStrategyType"], [one["status"] for one in node["childOrderStrategies"]]]
    client.cancel_order(pair, name)
    told["pair gone"] = [one["status"] for one in seen(pair)["childOrderStrategies"]]
    exits = oco(target(contract, text(ask * 3)), stop(contract, "0.05"))
    bracket = seen(place(first_triggers_second(option_buy_to_open_limit(contract, 1, "0.06"), exits)))
    (below,) = bracket["childOrderStrategies"]
    told["bracket"] = [bracket["orderStrategyType"], bracket["status"], below["status"]]
    told["bracket gone"] = client.cancel_order(bracket["orderId"], name).status_code
    spread = seen(place(bull_call_vertical_open(contract, other, 1, "9.00")))
    told["spread"] = [spread["status"], spread["orderType"], len(spread["orderLegCollection"])]
    try:
        place(option_sell_to_close_market(contract, 50))
    except UnsuccessfulOrderException as error:
        told["too many"] = str(error)
    single = OrderBuilder().set_order_strategy_type(OrderStrategyType.SINGLE).set_session(Session.NORMAL)
    told["half an order"] = sorted(client.place_order(name, single).json())
    return told


def of_lists(client: Client, name: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    told["listed"] = len(read(client.get_orders_for_account(name, **span())))
    status = Client.Order.Status.FILLED
    told["of all"] = len(read(client.get_orders_for_all_linked_accounts(status=status, **span())))
    (account,) = read(client.get_accounts(fields=[Client.Account.Fields.POSITIONS]))
    held = account["securitiesAccount"]["positions"]
    told["held"] = [one["longQuantity"] - one["shortQuantity"] for one in held]
    return told


def span() -> dict[str, Any]:
    """Return the span that the client asks for by itself, by the clock that it is given here."""
    now = clock.now()
    return {"from_entered_datetime": now - timedelta(days=60), "to_entered_datetime": now}


def drive(
    url: str, ahead: float, key: str, secret: str, callback: str, login: str, contract: str, other: str
) -> dict[str, Any]:
    clock.run_ahead(ahead)
    Bent.url, auth.OAuth2Client = url, BentSession
    kept: dict[str, Any] = {}
    client = sign_in(key, secret, callback, login, kept)
    (numbers,) = read(client.get_account_numbers())
    name = numbers["hashValue"]
    one = read(client.get_account(name))["securitiesAccount"]
    told: dict[str, Any] = {"account": [numbers["accountNumber"], one["type"], "positions" in one]}
    told["cash"] = one["currentBalances"]["cashBalance"]
    told["by its number"] = client.get_account(numbers["accountNumber"]).status_code
    told["preferred"] = read(client.get_user_preferences())["accounts"][0]["primaryAccount"]
    told |= of_market(client, contract) | of_orders(client, name, contract, other) | of_lists(client, name)
    first = kept["token"]
    clock.run_ahead(1800)
    later = auth.client_from_access_functions(
        key, secret, lambda: kept, lambda token, **_: kept.update(token)
    )
    told["renewed"] = [later.get_account_numbers().status_code, kept["token"] != first]
    told["login stays"] = kept["token"]["refresh_token"] == first["refresh_token"]
    return told


if __name__ == "__main__":
    print(json.dumps(drive(**json.loads(sys.argv[1]))))
