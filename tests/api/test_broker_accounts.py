"""A broker account belongs to one user, and to the trades that are open in it (A-12)."""

import pytest
from sqlalchemy import text

from tests.api.doubles import LIVE_ACCOUNT, LIVE_TOKEN, SANDBOX_ACCOUNT, SANDBOX_TOKEN
from tests.api.support import Api, User

STORED = {"tradier_sandbox_token": SANDBOX_TOKEN, "tradier_sandbox_account_id": SANDBOX_ACCOUNT}
LIVE = {"tradier_live_token": LIVE_TOKEN, "tradier_live_account_id": LIVE_ACCOUNT}


def open_trade(api: Api, username: str, mode: str, account_id: str) -> None:
    """Store a trade that has not ended."""
    with api.environment.database.transaction(username) as connection:
        connection.execute(
            text(
                "insert into paper_trades (id, username, ticker, qty, order_type, broker_mode, account_id)"
                " values (gen_random_uuid(), :username, 'SPY', 1, 'market', :mode, :account_id)"
            ),
            {"username": username, "mode": mode, "account_id": account_id},
        )


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (STORED, STORED, "tradier_sandbox_account_id"),
        (STORED, {"tradier_sandbox_token": SANDBOX_TOKEN}, "tradier_sandbox_account_id"),
        (LIVE, LIVE, "tradier_live_account_id"),
        (LIVE, {"tradier_live_token": LIVE_TOKEN}, "tradier_live_account_id"),
    ],
    ids=["named", "found by its token", "live, named", "live, found by its token"],
)
def test_an_account_of_another_user_is_refused_without_a_name(
    alice: User, bob: User, first: dict[str, str], second: dict[str, str], field: str
) -> None:
    """A-12, I-21: 422 for the second one, who learns nothing of the first."""
    assert alice.put("/api/settings", first).status == 200
    refused = bob.put("/api/settings", second)

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {field})
    assert "alice" not in refused.text
    settings = bob.get("/api/settings").json
    assert (settings[field], settings["version"]) == (None, 1)


def test_an_account_is_free_again_once_its_token_is_gone(alice: User, bob: User) -> None:
    """A-12: what nobody trades in any more is nobody's."""
    alice.put("/api/settings", STORED)
    alice.put("/api/settings", {"tradier_sandbox_token": None})

    assert bob.put("/api/settings", STORED).status == 200


def test_a_number_without_its_token_takes_nothing_from_its_owner(alice: User, bob: User) -> None:
    """A-12: who merely names an account does not keep its owner out, and is refused once a token comes."""
    assert bob.put("/api/settings", {"tradier_sandbox_account_id": SANDBOX_ACCOUNT}).status == 200
    assert alice.put("/api/settings", STORED).status == 200

    assert bob.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}).status == 422


OTHER_ACCOUNT = "VA0002"


@pytest.mark.parametrize(
    "change",
    [
        {"tradier_sandbox_account_id": OTHER_ACCOUNT},
        {"tradier_sandbox_account_id": None},
        {"tradier_sandbox_token": None},
        {"tradier_sandbox_token": None, "tradier_sandbox_account_id": None},
        {"tradier_sandbox_token": "another-token"},
        {"tradier_sandbox_token": SANDBOX_TOKEN, "tradier_sandbox_account_id": OTHER_ACCOUNT},
    ],
    ids=str,
)
def test_an_account_with_open_trades_is_not_changed_or_cut_off(
    api: Api, alice: User, change: dict[str, str | None]
) -> None:
    """A-12: 409 `trades-open` with their number, nothing stored; a trade on paper hinders nobody."""
    api.connections.accounts["another-token"] = ["VA0009"]
    alice.put("/api/settings", STORED)
    for mode, account in (("TRADIER_SANDBOX", SANDBOX_ACCOUNT),) * 2 + (("PAPER", "alice"),):
        open_trade(api, "alice", mode, account)
    before = alice.get("/api/settings").json
    refused = alice.put("/api/settings", change)

    assert (refused.status, refused.kind, refused.json["open_trades"]) == (409, "trades-open", 2)
    assert alice.get("/api/settings").json == before


def test_a_live_account_with_open_trades_is_not_changed(api: Api, alice: User) -> None:
    """A-12, of each mode for itself: the sandbox stays free to change."""
    alice.put("/api/settings", LIVE | STORED)
    open_trade(api, "alice", "TRADIER_LIVE", LIVE_ACCOUNT)

    assert alice.put("/api/settings", {"tradier_live_token": None}).kind == "trades-open"
    assert alice.put("/api/settings", {"tradier_sandbox_account_id": OTHER_ACCOUNT}).status == 200


def test_a_renewed_token_of_the_same_account_is_taken_under_open_trades(api: Api, alice: User) -> None:
    """A-12: an expired token is replaced while trades are open."""
    api.connections.accounts["renewed-token"] = [SANDBOX_ACCOUNT]
    alice.put("/api/settings", STORED)
    open_trade(api, "alice", "TRADIER_SANDBOX", SANDBOX_ACCOUNT)

    assert alice.put("/api/settings", {"tradier_sandbox_token": "renewed-token"}).status == 200
    assert alice.put("/api/settings", STORED | {"max_positions": 9}).status == 200


def test_what_is_stored_of_a_connection_tells_no_token(api: Api, alice: User) -> None:
    """A-12: one sealed value for its owner and mode; what is shown is its end; gone with its token."""
    alice.put("/api/settings", STORED | LIVE)
    with api.environment.database.transaction("alice") as connection:
        rows = connection.execute(text("select * from connections order by broker_mode")).all()

    shown = [(row.broker_mode, row.account_id, row.last4) for row in rows]
    assert shown == [
        ("TRADIER_LIVE", LIVE_ACCOUNT, LIVE_TOKEN[-4:]),
        ("TRADIER_SANDBOX", SANDBOX_ACCOUNT, SANDBOX_TOKEN[-4:]),
    ]
    assert not any(token in str(row) for row in rows for token in (LIVE_TOKEN, SANDBOX_TOKEN))
    opened = api.environment.sealer.open(rows[1].sealed, owner="alice", field="tradier_sandbox_token")
    assert opened == SANDBOX_TOKEN
    alice.put("/api/settings", dict.fromkeys(STORED | LIVE))
    with api.environment.database.transaction("alice") as connection:
        kept = connection.execute(text("select account_id, sealed, last4 from connections")).all()
    assert {tuple(row) for row in kept} == {(None, None, None)}
