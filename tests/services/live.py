"""Live accounts at the emulated broker: what a stage needs to trade there."""

from decimal import Decimal
from typing import Final

import httpx

from chalicelib.domain.accounts import BrokerMode
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.services.stage import Stage

LIVE_ACCOUNT: Final = "6YA00001"
LIVE_TOKEN: Final = "live-token-of-alice"


def go_live(stage: Stage, *, allow_market: bool = False) -> None:
    """Give alice a live account with its token, stored and switched on as the live switch would."""
    stage.world.live.add_account(LIVE_ACCOUNT, LIVE_TOKEN, cash=Decimal(1_000_000))
    stage.connect(BrokerMode.TRADIER_LIVE, LIVE_ACCOUNT, LIVE_TOKEN)
    stage.set(live_enabled=True, broker_mode="TRADIER_LIVE", allow_market_live=allow_market)


def held_live(stage: Stage, symbol: str) -> Decimal:
    """Return what the live account holds of a symbol, signed."""
    positions = stage.world.live.truth_positions(LIVE_ACCOUNT)
    return sum((Decimal(str(one["quantity"])) for one in positions if one["symbol"] == symbol), Decimal(0))


def cash_live(stage: Stage) -> Decimal:
    """Return the live account's cash."""
    return stage.world.live.truth_cash(LIVE_ACCOUNT)


def place_by_hand(stage: Stage, form: dict[str, str]) -> None:
    """Send an order to the live account past the product, as its owner does at the broker's own page."""
    headers = {"Authorization": f"Bearer {LIVE_TOKEN}", "Accept": "application/json"}
    with httpx.Client(transport=EmulatorTransport(stage.world.hosts()), headers=headers) as client:
        answer = client.post(f"https://api.tradier.com/v1/accounts/{LIVE_ACCOUNT}/orders", data=form)
    assert "order" in answer.json(), answer.text
