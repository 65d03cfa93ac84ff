"""Traders and webhooks as tests of the API make them."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from chalicelib.store.schema import traders
from tests.api.support import Answer, Api, User
from tests.store.held_trades import hold

Body = dict[str, Any]  # Any: JSON of several kinds
RISING: Body = {
    "left": {"indicator": "price"},
    "op": ">",
    "right": {"indicator": "EMA", "params": {"period": 20}},
}


def trader_body(**changes: Any) -> Body:
    """Return a trader's body, a block's fields changed by `block__field`."""
    body: Body = {
        "name": "dips",
        "symbols": ["BTCUSDT", "ETHUSDT"],
        "timeframe": "15m",
        "filter": {"required": [RISING]},
        "analysis": {"model": "anthropic/claude-sonnet-4.5"},
        "trading": {"enabled": True},
    }
    for path, value in changes.items():
        *blocks, name = path.split("__")
        place = body
        for block in blocks:
            place[block] = dict(place[block])
            place = place[block]
        place[name] = value
    return body


def made(user: User, **changes: Any) -> Body:
    """Make a trader."""
    answer = user.post("/api/traders", trader_body(**changes))
    assert answer.status == 201, answer.text
    trader: Body = answer.json
    return trader


def hold_for(api: Api, trader: Body, **columns: Any) -> None:
    """Let alice hold a trade that this trader made."""
    with api.environment.database.transaction("alice") as connection:
        hold(connection, originator="AI", originator_id=trader["id"], **columns)


def lock(api: Api, trader: Body) -> None:
    """Lock a trader as total drawdown does."""
    with api.environment.database.transaction("alice") as connection:
        mine = update(traders).where(traders.c.id == UUID(trader["id"]))
        connection.execute(mine.values(locked_at=api.clock.now()))


def secret_of(user: User, trader: Body) -> str:
    """Make a trader's secret."""
    answer = user.post(f"/api/traders/{trader['id']}/secret")
    assert answer.status == 201, answer.text
    return str(answer.json["secret"])


def signed(secret: str, body: bytes, at: datetime) -> str:
    """Sign a webhook's body as its sender does."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def hook(
    api: Api, trader_id: str, message: Body, secret: str, *, at: datetime | None = None, **headers: str
) -> Answer:
    """Send a signed webhook."""
    raw = json.dumps(message).encode()
    proof = signed(secret, raw, at or api.machine_now)
    return api.send(
        "POST", f"/api/hooks/{trader_id}", raw=raw, headers={"X-Papertape-Signature": proof, **headers}
    )
