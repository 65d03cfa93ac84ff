"""What older keys sealed is sealed anew each day, so that they can be dropped (A-12, S5)."""

import base64
from dataclasses import replace
from datetime import date

from sqlalchemy import text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.jobs import bookend
from chalicelib.jobs.tick import JobContext
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.services.ai.manage_traders import create_trader, read_trader_of
from chalicelib.services.ai.trader_secrets import open_secret, renew_secret
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.users.seal_anew import seal_anew
from infra.cloud.deploying.database import keys_in_use
from tests.services.stage import Stage, eastern

FIRST = base64.b64decode("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
SECOND = bytes(range(32))


def rotated(stage: Stage) -> Environment:
    """Return the jobs' environment after a rotation: k2 seals, k1 opens what it sealed."""
    ring = KeyRing({"k1": FIRST, "k2": SECOND}, current="k2")
    return replace(stage.container.jobs_environment(), sealer=AesSealer(ring, bytes))


def sealed_by(stage: Stage) -> set[str]:
    """Return the ids of the keys that stored secrets name."""
    return keys_in_use(stage.urls.owner)


def add_channel(stage: Stage, sealed: str) -> None:
    """Store a channel with a secret target."""
    entry = (
        '[{"id": "c", "kind": "discord", "min_severity": "info", "since": "2026-02-19T15:00:00+00:00",'
        f' "last4": "abcd", "sealed_target": "{sealed}"}}]'
    )
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update user_settings set alert_channels = cast(:e as jsonb)"), {"e": entry})


def test_tokens_and_channels_move_to_the_key_that_seals(stage: Stage) -> None:
    """S5: by the jobs' role, for every user, without a change that their owners see."""
    add_channel(stage, stage.env.sealer.seal("https://hook", owner="alice", field="alert_channels"))
    before = stage.query("select username, version, updated_at from user_settings order by 1")
    env = rotated(stage)
    assert sealed_by(stage) == {"k1"}

    assert (seal_anew(env), seal_anew(env)) == (2, 0)

    assert sealed_by(stage) == {"k2"}
    assert stage.query("select username, version, updated_at from user_settings order by 1") == before
    kept = stage.query(
        "select sealed, alert_channels from user_settings join connections using (username) order by username"
    )
    assert env.sealer.open(kept[0][0], owner="alice", field="tradier_sandbox_token") == "token-of-alice"
    target = kept[0][1][0]["sealed_target"]
    assert env.sealer.open(target, owner="alice", field="alert_channels") == "https://hook"


def test_secrets_of_webhooks_move_too(stage: Stage) -> None:
    """C-01: a trader's secret is sealed like the rest, and opens after its first key is gone."""
    body = {"name": "x", "symbols": ["BTCUSDT"], "timeframe": "1h"}
    stage.set(tier="elite")
    trader = create_trader(stage.env, "alice", body)
    secret = renew_secret(stage.env, "alice", trader.id)
    env = rotated(stage)

    assert (seal_anew(env), seal_anew(env)) == (2, 0)
    assert sealed_by(stage) == {"k2"}
    assert open_secret(env, read_trader_of(stage.env, "alice", trader.id)) == secret


def test_what_no_key_opens_stays_and_keeps_nobody_else(stage: Stage) -> None:
    """S5: a broken secret is its owner's alone to enter anew."""
    broken = stage.env.sealer.seal("x", owner="bob", field="tradier_sandbox_token")
    stage.store_connection(BrokerMode.TRADIER_SANDBOX, account_id=stage.account(), sealed=broken)

    assert seal_anew(rotated(stage)) == 1
    assert sealed_by(stage) == {"k1", "k2"}


def test_every_sealed_column_names_its_key(stage: Stage) -> None:
    """S5: a column that is added later keeps its key from being dropped without being named anywhere."""
    with stage.env.database.transaction("alice") as connection:
        columns = connection.execute(
            text(
                "select column_name from information_schema.columns"
                " where table_name = 'user_settings' and column_name like '%sealed'"
            )
        ).scalars()
        for number, column in enumerate(sorted(columns)):
            connection.execute(
                text(f"update user_settings set {column} = :sealed"),  # noqa: S608  # the catalogue's names
                {"sealed": f"v1.key{number}.x"},
            )

    assert sealed_by(stage) == {"k1", *(f"key{index}" for index in range(number + 1))}


def test_the_key_of_a_connection_is_in_use(stage: Stage) -> None:
    """S5: wherever a sealed column stands."""
    stage.store_connection(BrokerMode.TRADIER_LIVE, sealed="v1.k7.x")

    assert sealed_by(stage) == {"k1", "k7"}


def test_the_closing_bookend_seals_anew(stage: Stage) -> None:
    """S5: once a day, by the clock."""
    stage.go_to(eastern(date(2026, 2, 19), 16, 5))
    env = rotated(stage)
    context = JobContext(
        env=env, due_at=stage.clock.now(), payload={}, forced=False, calendar=read_calendar(env)
    )

    assert bookend.run(context)["sealed_anew"] == 2
    assert sealed_by(stage) == {"k2"}
