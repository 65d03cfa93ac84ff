"""tastytrade's documented requests, as its emulator takes them, and as our client sends its own (B-10)."""

import json
from decimal import Decimal
from typing import Any  # JSON

import pytest

from chalicelib.vendors.http import HttpPool
from infra.local.emulators.brokerage.account import Account, Position
from infra.local.emulators.brokerage.orders import OrderClass, OrderType
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.tastytrade.bodies import read_body, read_complex, read_order
from infra.local.emulators.world import World
from tests.brokers.conformance import WorldClock
from tests.brokers.support import fixture
from tests.brokers.tastytrade_support import ACCOUNT, CLIENT_SECRET, REFRESH_TOKEN, tastytrade
from tests.emulators.support import bare_account


def documented(name: str) -> Any:  # Any: JSON
    return read_body(fixture("tastytrade", name).encode())


def holding(**held: int) -> Account:
    """Return an account that holds shares."""
    account = bare_account(ACCOUNT)
    for number, (symbol, quantity) in enumerate(held.items(), 1):
        account.positions[symbol] = Position(
            position_id=number,
            symbol=symbol,
            quantity=quantity,
            cost=Decimal(quantity),
            acquired_at=account.opened_at,
        )
    return account


@pytest.mark.parametrize(
    ("name", "kind", "price", "side", "symbol"),
    [
        ("request_equity_market.json", OrderType.MARKET, None, "buy", "AAPL"),
        ("request_equity_gtc_close.json", OrderType.LIMIT, "150.25", "sell", "AAPL"),
        ("request_strict_position_effect.json", OrderType.LIMIT, "175.25", "sell", "META"),
    ],
)
def test_an_order_of_shares_is_read(
    name: str, kind: OrderType, price: str | None, side: str, symbol: str
) -> None:
    """B-10: opened and closed, at market and at a limit that is a credit."""
    form = read_order(documented(name), holding(AAPL=1, META=100))

    assert form.head is not None
    assert (form.order_class, form.head.order_type) == (OrderClass.EQUITY, kind)
    assert (form.head.symbol, form.head.side) == (symbol, side)
    assert form.head.price == (None if price is None else Decimal(price))


def test_a_vertical_that_replaces_another_is_a_net_credit() -> None:
    form = read_order(documented("request_cancel_replace_vertical.json"), holding())

    assert form.head is not None
    assert (form.head.order_type, form.head.price) == (OrderType.CREDIT, Decimal(3))
    assert [one.side for one in form.legs] == ["buy_to_open", "sell_to_open"]


def test_an_entry_with_its_exits_is_read_whole() -> None:
    form = read_complex(documented("request_otoco.json"), holding())

    assert form.order_class is OrderClass.OTOCO
    assert [(one.order_type, one.price, one.stop) for one in form.legs] == [
        (OrderType.LIMIT, Decimal("6.5"), None),
        (OrderType.LIMIT, Decimal(8), None),
        (OrderType.STOP, None, Decimal(6)),
    ]


def test_an_entry_of_several_legs_with_orders_behind_it_is_refused_in_words() -> None:
    """B-10: nobody here sends one, and the emulator takes none of it for something else."""
    with pytest.raises(Refusal):
        read_complex(documented("request_oto_options.json"), holding())


def test_an_access_token_is_asked_for_with_documented_fields() -> None:
    """B-10: a refresh token with the application's secret; its id need not be told."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.tastytrade_cert.open_account(ACCOUNT, REFRESH_TOKEN, CLIENT_SECRET)
    transport = Grants(world)
    tastytrade(HttpPool(transport), clock).balance()
    known = json.loads(fixture("tastytrade", "oauth_token_request.json"))

    assert known.keys() - transport.asked.keys() == {"client_id"}
    assert transport.asked["grant_type"] == known["grant_type"]


class Grants(EmulatorTransport):
    """Carries calls to the emulators, and keeps what was asked for at the desk of tokens."""

    def __init__(self, world: World) -> None:
        super().__init__(world.hosts())
        self.asked: dict[str, str] = {}

    def handle_request(self, request: Any) -> Any:  # Any: httpx's own
        if request.url.path == "/oauth/token":
            self.asked = json.loads(request.read())
        return super().handle_request(request)
