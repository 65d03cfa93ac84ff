"""The outside world of a test: a clock that is moved by hand, a world, and clients of its vendors."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import httpx
import pytest

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.venue import DEFAULT_CASH
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World

NEW_YORK: Final = ZoneInfo("America/New_York")
SHARED: Final = Path(__file__).parents[2] / "../shared"
ACCOUNT: Final = "VA00000001"
TOKEN: Final = "sandbox-token"
LIVE_ACCOUNT: Final = "6YA00001"
LIVE_TOKEN: Final = "live-token"
ORATS_TOKEN: Final = "orats-token"
MODEL_KEY: Final = "sk-or-v1-model-key"
ORDERS: Final = f"/v1/accounts/{ACCOUNT}/orders"


def new_york(text: str) -> datetime:
    """Return an instant from New York wall time, `2026-02-19 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


class HandClock:
    """Product time that moves only when told; a call returns it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """Move on by a timedelta's arguments."""
        self.at += timedelta(**span)


class Outside:
    """A world at a New York time, with one sandbox and one live account."""

    def __init__(
        self,
        at: str = "2026-02-19 10:00",
        seed: int = 7,
        *,
        delayed: bool = False,
        replay: Path | None = None,
        replay_coins: Path | None = None,
        assigns_early: bool = False,
    ) -> None:
        self.clock = HandClock(new_york(at))
        self.waits: list[float] = []
        self.real_waits: list[float] = []
        self.world = World.create(
            seed,
            self.clock,
            self.waits.append,
            delayed=delayed,
            replay=replay,
            replay_coins=replay_coins,
            assigns_early=assigns_early,
            wait_really=self.real_waits.append,
        )
        self.world.sandbox.add_account(ACCOUNT, TOKEN)
        self.world.live.add_account(LIVE_ACCOUNT, LIVE_TOKEN)
        self.world.orats.add_token(ORATS_TOKEN)
        self.world.openrouter.add_key(MODEL_KEY)
        self.sandbox = self.client("https://sandbox.tradier.com", TOKEN)
        self.live = self.client("https://api.tradier.com", LIVE_TOKEN)
        self.orats = httpx.Client(
            transport=EmulatorTransport(self.world.hosts()),
            base_url="https://api.orats.io/datav2",
            params={"token": ORATS_TOKEN},
        )

    def client(self, host: str, token: str) -> httpx.Client:
        """Return a client of Tradier with a token."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return httpx.Client(transport=EmulatorTransport(self.world.hosts()), base_url=host, headers=headers)

    def exchange(self, path: str, **params: object) -> httpx.Response:
        """Ask the exchange of coins."""
        client = httpx.Client(
            transport=EmulatorTransport(self.world.hosts()), base_url="https://data-api.binance.vision/api/v3"
        )
        return client.get(path, params={name: str(value) for name, value in params.items()})

    def model(self, body: object, key: str = MODEL_KEY) -> httpx.Response:
        """Ask the model's endpoint."""
        return self.client("https://openrouter.ai", key).post("/api/v1/chat/completions", json=body)

    def quote(self, symbol: str) -> dict[str, float]:
        """Return one quote from the sandbox."""
        answer = self.sandbox.get("/v1/markets/quotes", params={"symbols": symbol, "greeks": "true"})
        found: dict[str, float] = answer.json()["quotes"]["quote"]
        return found

    def place(self, **form: object) -> httpx.Response:
        """Send an order; `order_class` stands for `class`."""
        sent = {("class" if name == "order_class" else name): str(value) for name, value in form.items()}
        return self.sandbox.post(ORDERS, data=sent)

    def option(self, symbol: str, side: str, quantity: int, /, **terms: object) -> httpx.Response:
        """Send an order for one option: a day order at market unless told otherwise."""
        form: dict[str, object] = {
            "order_class": "option",
            "symbol": symbol[:-15],
            "option_symbol": symbol,
            "side": side,
            "quantity": quantity,
            "type": "market",
            "duration": "day",
        }
        return self.place(**(form | terms))

    def exits(self, symbol: str, quantity: int, limit: str, stop: str, **terms: object) -> httpx.Response:
        """Send a good-till-cancelled OCO that sells an option at a limit or a stop."""
        form: dict[str, object] = {"order_class": "oco", "duration": "gtc"}
        for index, (kind, key, price) in enumerate((("limit", "price", limit), ("stop", "stop", stop))):
            form |= {
                f"symbol[{index}]": symbol[:-15],
                f"option_symbol[{index}]": symbol,
                f"side[{index}]": "sell_to_close",
                f"quantity[{index}]": quantity,
                f"type[{index}]": kind,
                f"{key}[{index}]": price,
            }
        return self.place(**(form | terms))

    def order(self, order_id: int) -> dict[str, object]:
        """Read one order, its tag included."""
        answer = self.sandbox.get(f"{ORDERS}/{order_id}", params={"includeTags": "true"})
        found: dict[str, object] = answer.json()["order"]
        return found

    def order_list(self) -> object:
        """Read the order list as it is wrapped."""
        body: object = self.sandbox.get(ORDERS).json()["orders"]
        return body

    def legs(self, order_id: int) -> list[dict[str, object]]:
        """Read the legs of an order."""
        legs = self.order(order_id)["leg"]
        assert isinstance(legs, list)
        return legs

    def bought(self, symbol: str, quantity: int = 2) -> float:
        """Buy an option at market and return what it cost per share."""
        answer = self.option(symbol, "buy_to_open", quantity)
        price = self.order(accepted(answer))["avg_fill_price"]
        assert isinstance(price, float)
        return price


def bare_account(account_id: str) -> Account:
    """Return an account in a broker's books that holds nothing."""
    return Account(
        account_id=account_id,
        token="any",
        cash=DEFAULT_CASH,
        account_type="margin",
        option_level=6,
        status="active",
        opened_at=datetime(2026, 2, 18, tzinfo=UTC),
        commission=Decimal(1),
    )


def accepted(response: httpx.Response) -> int:
    """Return the id of an order that was accepted."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert "order" in body, body
    order_id = body["order"]["id"]
    assert isinstance(order_id, int)
    return order_id


def refused(response: httpx.Response) -> str:
    """Return the code with which an order was refused by the risk system."""
    assert response.status_code == 200
    sentence, code = response.json()["errors"]["error"]
    assert sentence == "Backoffice rejected override of the order."
    return str(code)


def fixture(vendor: str, name: str) -> dict[str, object]:
    """Return a recorded answer of a vendor; skips the test where the recordings are not at hand."""
    path = SHARED / "fixtures" / vendor / name
    if not path.exists():
        pytest.skip(f"the recorded answers of {vendor} are not beside this repository")
    found: dict[str, object] = json.loads(path.read_text())
    return found


def recordings() -> Path:
    """Return the directory of LEAN's samples; skips the test where they are not at hand."""
    path = SHARED / "data/lean"
    if not path.exists():
        pytest.skip("the recorded quotes are not beside this repository")
    return path
