"""Real money at tastytrade and at Interactive Brokers (B-10, A-12): each behind a switch of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.world import World
from tests.api.support import Api, User, access_token
from tests.api.test_connections import SecondFactor
from tests.brokers.ibkr_support import credentials
from tests.services.stage import Stage

TASTYTRADE = {"client_secret": "a-client-secret", "refresh_token": "a-refresh-token"}
IBKR = credentials("LIVECONSX")
CASH = Decimal(1_000_000)


@dataclass(frozen=True)
class There:
    """A broker with a live account of alice's, and how it is opened and looked at."""

    name: str
    mode: BrokerMode
    account: str
    given: Any  # Any: the credentials, as JSON
    fees: tuple[float, float]
    open_account: Callable[[World], object]
    emulator: Callable[[World], BrokerageEmulator]

    @property
    def connection(self) -> str:
        """Return the path of its connection."""
        return f"/api/connections/{self.name}"

    def classes(self, world: World) -> list[object]:
        """Return what kinds of orders the account ever had."""
        return [one["class"] for one in self.emulator(world).truth_orders(self.account)]


BROKERS = (
    There(
        name="tastytrade",
        mode=BrokerMode.TASTYTRADE_LIVE,
        account="5WX00001",
        given=TASTYTRADE,
        fees=(2.0, 2.0),
        open_account=lambda world: world.tastytrade_live.open_account(
            "5WX00001", TASTYTRADE["refresh_token"], TASTYTRADE["client_secret"], cash=CASH
        ),
        emulator=lambda world: world.tastytrade_live,
    ),
    There(
        name="ibkr",
        mode=BrokerMode.IBKR_LIVE,
        account="U0000001",
        given=IBKR.named(),
        fees=(1.3, 2.6),
        open_account=lambda world: world.ibkr.open_account("U0000001", IBKR, cash=CASH),
        emulator=lambda world: world.ibkr,
    ),
)


@pytest.fixture(params=BROKERS, ids=lambda one: one.name)
def there(request: pytest.FixtureRequest, stage: Stage) -> There:
    """Each broker, with alice's account open there."""
    broker: There = request.param
    broker.open_account(stage.world)
    return broker


@pytest.fixture
def api(stage: Stage, database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API's routes over the stage's product."""
    made = Api(database_urls)
    made.use(stage.env)
    yield made
    made.close()


@pytest.fixture
def alice(api: Api) -> User:
    """The stage's alice, signed in."""
    user = User(api, access_token("alice", sub="sub-alice"))
    user.get("/api/me")
    return user


def order(stage: Stage, mode: BrokerMode) -> dict[str, object]:
    """Return the body of an entry with stop and target."""
    contract = stage.contract()
    bid, ask = stage.quote(contract)
    return {
        "ticker": contract.underlying,
        "option_type": contract.option_type.value,
        "strike": float(contract.strike),
        "expiry": contract.expiry.isoformat(),
        "order_type": "limit",
        "limit_price": float(ask),
        "qty": 2,
        "sl_price": float(round(bid / 2, 1)),
        "tp_price": float(round(ask * 2, 1)),
        "broker_mode": mode.value,
    }


def test_a_live_account_trades_once_its_own_switch_is_on(
    stage: Stage, there: There, api: Api, alice: User
) -> None:
    """B-10, A-12: connected, refused, switched on by its number and a code, opened, protected, closed."""
    connected = alice.put(there.connection, {"environment": "live", "credentials": there.given}).json
    assert (connected["broker_mode"], connected["account_id"]) == (there.mode, there.account)
    assert (connected["state"], connected["live_enabled"]) == ("OK", False)
    refused = alice.post("/api/trades", order(stage, there.mode))
    assert (refused.status, refused.fields) == (422, {"broker_mode"})
    factor = SecondFactor(api)
    factor.set_up()
    switch = f"{there.connection}/live"
    stage.advance(6)  # Interactive Brokers tells its accounts once in five seconds
    wrong = alice.post(switch, {"enable": True, "confirm": "1", "code": factor.code()})
    assert (wrong.status, wrong.fields) == (422, {"confirm"})
    stage.advance(6)
    on = alice.post(switch, {"enable": True, "confirm": there.account, "code": factor.code()})
    assert (on.status, on.json["live_enabled"]) == (200, True)

    opened = stage.trade(alice.post("/api/trades", order(stage, there.mode)).json)
    assert (opened["status"], opened["broker_mode"]) == ("OPEN", there.mode)
    assert opened["fees"] == there.fees[0]
    assert there.classes(stage.world) == ["option", "oco"]
    closed = stage.close_trade(opened).trade
    assert (closed["status"], closed["fees"]) == ("CLOSED", there.fees[1])
    assert there.emulator(stage.world).truth_positions(there.account) == []
    assert stage.truth() == [], "nothing at the sandbox"


def test_leaving_live_switches_it_off_and_exits_go_on(
    stage: Stage, there: There, api: Api, alice: User
) -> None:
    """A-12: another broker chosen ends the switch; what is open there is still closed there."""
    alice.put(there.connection, {"environment": "live", "credentials": there.given})
    factor = SecondFactor(api)
    factor.set_up()
    stage.advance(6)
    switch = f"{there.connection}/live"
    alice.post(switch, {"enable": True, "confirm": there.account, "code": factor.code()})
    opened = stage.trade(alice.post("/api/trades", order(stage, there.mode)).json)
    alice.put("/api/settings", {"broker_mode": "PAPER"})
    refused = alice.post("/api/trades", order(stage, there.mode))

    assert (refused.status, refused.fields) == (422, {"broker_mode"})
    assert stage.close_trade(opened).trade["status"] == "CLOSED"
    assert there.emulator(stage.world).truth_positions(there.account) == []


def test_a_paper_account_cannot_be_connected_as_a_live_one(stage: Stage, alice: User) -> None:
    """I-29: Interactive Brokers has both at one host, and an account's name tells them apart."""
    stage.world.ibkr.open_account("DU0000009", IBKR)
    answer = alice.put("/api/connections/ibkr", {"environment": "live", "credentials": IBKR.named()})

    assert (answer.status, answer.kind) == (422, "broker-refused")
    assert "not a live account" in answer.text
