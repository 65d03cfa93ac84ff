"""GET /api/me/export and DELETE /api/me (C-09, C-13)."""

import io
import json
import zipfile
from typing import Any

from sqlalchemy import text

from tests.api.ai_records import Records
from tests.api.ai_support import made, secret_of
from tests.api.support import Answer, Api, User

DISCORD = "https://discord.com/api/webhooks/123456789012345678/" + "a" * 68


def leave(user: User, confirm: str) -> Answer:
    """Ask to leave."""
    return user.api.send("DELETE", "/api/me", {"confirm": confirm}, token=user.token)


def archive_of(user: User) -> dict[str, Any]:  # Any: JSON of several kinds
    """Return what each file of the archive holds."""
    answer = user.get("/api/me/export")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_an_archive_has_a_json_file_a_table_of_ones_own(api: Api, alice: User, bob: User) -> None:
    """C-13: a zip, one JSON file a table; I-21: nobody else's rows."""
    trader = made(alice)
    records = Records(api, trader)
    trade_id = records.trade("5")
    made(bob, name="bob's")
    found = archive_of(alice)

    assert [row["id"] for row in found["paper_trades.json"]] == [str(trade_id)]
    assert [row["name"] for row in found["traders.json"]] == ["dips"]
    assert {"decisions.json", "fills.json", "price_snapshots.json", "paper_orders.json"} <= found.keys()
    assert {row["username"] for rows in found.values() for row in rows} == {"alice"}
    assert not any("_y" in name for name in found)  # partitions are their parent's


def test_no_secret_is_in_it(api: Api, alice: User) -> None:
    """C-13: no secrets: none sealed, none hashed, not what they are known by."""
    trader = made(alice)
    secret_of(alice, trader)
    alice.post("/api/tokens", {"name": "mine", "scope": "read"})
    alice.put(
        "/api/settings", {"alert_channels": [{"kind": "discord", "target": DISCORD, "min_severity": "info"}]}
    )
    found = archive_of(alice)
    names = {column for rows in found.values() for row in rows for column in row}
    words = ("sealed", "hash", "secret", "last4", "factor", "signature")

    assert [name for name in names if any(word in name for word in words)] == []
    assert "k1:" not in json.dumps(found)
    assert found["access_tokens.json"][0]["name"] == "mine"


def test_a_large_archive_is_led_to(api: Api, alice: User) -> None:
    """C-13: 303 above 5 MB."""
    trader = made(alice)
    Records(api, trader).trade("5")
    noise = """update decisions set raw_answer =
        (select string_agg(md5(i::text), '') from generate_series(1, 300000) i)"""
    with api.environment.database.transaction("alice") as connection:
        connection.execute(text(noise))
    answer = alice.get("/api/me/export")

    assert answer.status == 303
    assert "papertape-" in answer.headers["location"]


def test_who_leaves_is_served_no_more(api: Api, alice: User) -> None:
    """C-13: 202, by a full sign-in alone, the name said; from then on 401 everywhere."""
    trader = made(alice)
    token = alice.post("/api/tokens", {"name": "mine", "scope": "trade"}).json["token"]
    by_token = User(api=api, token=token)

    assert leave(by_token, "alice").status == 403
    assert by_token.get("/api/me/export").status == 403
    assert leave(alice, "bob").fields == {"confirm"}
    assert leave(alice, "alice").status == 202
    assert [one.get("/api/me").status for one in (alice, by_token)] == [401, 401]
    with api.environment.database.transaction("alice") as connection:
        row = connection.execute(text("select enabled, removed_at from traders")).one()
    assert (trader["state"], row.enabled, row.removed_at is None) == ("ON", False, False)
