"""The database goes back to an earlier instant while the broker goes on: I-33, whoever put it back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.environment import BackupParts
from chalicelib.services.operations.back_up import back_up
from chalicelib.services.sync.look_at_brokers import AccountLook, look_at_brokers, report
from chalicelib.store.files.whole_database import open_snapshot
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import PostgresCluster, temporary_database
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.restore.brokers import Seen, look_and_tell, look_from_outside
from infra.restore.load import restore
from tests.backup.conftest import NUMBER
from tests.services.stage import SEALING_KEYS, Stage, eastern

GoBack = Callable[[], None]
Remember = Callable[[], GoBack]


@pytest.fixture(params=["our restore", "the provider's console"])
def remember(
    request: pytest.FixtureRequest, stage: Stage, postgres_cluster: PostgresCluster
) -> Iterator[Remember]:
    """Keep the present state; what is returned goes back to it, by our own code or behind its back."""
    with ExitStack() as stack:
        yield {"our restore": _by_backup, "the provider's console": _by_copy}[request.param](
            stage, postgres_cluster, stack
        )


def _by_backup(stage: Stage, cluster: PostgresCluster, stack: ExitStack) -> Remember:
    def remember() -> GoBack:
        parts = BackupParts(snapshot=partial(open_snapshot, stage.urls.backup), objects=MemoryObjects())
        manifest = back_up(parts, taken_at=stage.clock.now(), number=NUMBER)

        def go_back() -> None:
            urls = stack.enter_context(temporary_database(cluster))
            restore(parts.objects, manifest, urls.owner, say=lambda _: None)
            stage.go_on_with(urls)
            stack.callback(stage.container.close)

        return go_back

    return remember


def _by_copy(stage: Stage, cluster: PostgresCluster, stack: ExitStack) -> Remember:
    def remember() -> GoBack:
        stage.container.close()
        name = urlsplit(stage.urls.owner).path.removeprefix("/")
        copy = stack.enter_context(temporary_database(cluster, template=name))
        stage.go_on_with(stage.urls)

        def go_back() -> None:
            stage.go_on_with(copy)
            stack.callback(stage.container.close)

        return go_back

    return remember


def waiting_entry(stage: Stage) -> dict[str, Any]:  # Any: JSON
    """Place while another worker keeps the account: the intent waits."""
    with account_lease(
        stage.env,
        AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id=stage.account()),
        wait_seconds=0,
    ):
        trade = stage.place_bracketed()
    assert stage.order(trade, "ENTRY")["status"] == "INTENT"
    return trade


def entries(stage: Stage) -> list[dict[str, Any]]:  # Any: JSON
    """Return the vendor's own record of purchases."""
    return [one for one in stage.truth() if one.get("side") == "buy_to_open"]


def brackets(stage: Stage) -> list[str]:
    """Return how the vendor's OCOs stand, oldest first."""
    return [str(one["status"]) for one in stage.truth() if "leg" in one]


def alerts(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return the alerts of a kind."""
    return stage.query("select text from alerts where kind = :kind", kind=kind)


def test_an_entry_sent_since_is_adopted_and_not_sent_again(stage: Stage, remember: Remember) -> None:
    """I-33: no tag is sent twice; architecture.md: a tag that the list in hand shows is adopted."""
    trade = waiting_entry(stage)
    go_back = remember()
    stage.sync()
    assert stage.trade(trade)["status"] == "OPEN"
    go_back()
    for _ in range(3):
        stage.sync()

    assert len(entries(stage)) == 1
    assert stage.trade(trade)["status"] == "OPEN"
    assert brackets(stage) == ["open"]
    assert stage.held(trade["legs"][0]["symbol"]) == stage.working_sells() == trade["qty"]
    assert len(alerts(stage, "database_went_back")) == 1


def test_what_the_list_no_longer_shows_is_decided_by_positions(stage: Stage, remember: Remember) -> None:
    """Architecture.md: days that the list lacks; the position says that it was filled."""
    trade = waiting_entry(stage)
    go_back = remember()
    stage.sync()
    go_back()
    stage.go_to(eastern(date(2026, 2, 20), 9, 40))
    for _ in range(3):
        stage.sync()

    assert len([one for one in entries(stage) if one["tag"] == entries(stage)[0]["tag"]]) == 1
    assert len(entries(stage)) == 1
    assert (stage.trade(trade)["status"], stage.trade(trade)["open_qty"]) == ("OPEN", 2)
    assert stage.working_sells() == 2


def test_an_entry_never_sent_ends_with_a_reason(stage: Stage, remember: Remember) -> None:
    """I-28: an intent that slept through its day, and of which nothing is held, ends as NOT_PLACED."""
    trade = waiting_entry(stage)
    remember()()
    stage.go_to(eastern(date(2026, 2, 20), 9, 40))
    for _ in range(3):
        stage.sync()

    assert (stage.trade(trade)["status"], stage.trade(trade)["close_reason"]) == ("CANCELED", "NOT_PLACED")
    assert entries(stage) == []


def test_a_bracket_moved_since_is_taken_over(stage: Stage, remember: Remember) -> None:
    """I-33: no bracket of a held position is cancelled; its prices are what its owner asked for last."""
    trade = stage.place_bracketed()
    go_back = remember()
    moved = stage.adjust(stage.trade(trade), new_sl=Decimal("0.55"))
    new_stop = moved.trade["sl_price"]
    go_back()
    assert stage.trade(trade)["sl_price"] != new_stop
    for _ in range(2):
        stage.sync()

    assert brackets(stage) == ["canceled", "open"]
    assert stage.trade(trade)["sl_price"] == new_stop
    assert stage.order(trade, "STOP_LOSS")["status"] in {"PENDING", "OPEN"}


def test_a_position_without_its_trade_keeps_its_bracket(stage: Stage, remember: Remember) -> None:
    """I-33: a trade placed since is lost; its bracket goes on protecting, and its owner is told once each."""
    kept = stage.place()
    go_back = remember()
    stage.place_bracketed()
    go_back()
    for _ in range(3):
        stage.sync()

    assert brackets(stage) == ["open"]
    assert stage.trade(kept)["status"] == "OPEN"
    assert len(alerts(stage, "database_went_back")) == 2


def test_in_a_living_database_an_intent_whose_tag_is_shown_is_that_order(stage: Stage) -> None:
    """I-01: whatever made the row fall behind, the broker's list says that it was sent."""
    trade = waiting_entry(stage)
    order = stage.query("select tag, symbol, quantity from orders")[0]
    answer = stage.by_hand(
        symbol=trade["ticker"], option_symbol=order.symbol, side="buy_to_open", quantity=2, tag=order.tag
    )
    assert answer.status_code == 200
    stage.sync()

    assert len(entries(stage)) == 1
    assert stage.trade(trade)["status"] == "OPEN"


def looked(stage: Stage, username: str = "alice") -> AccountLook:
    """Look at the brokers as a stack's first start does; returns what was seen of one user."""
    looks = look_at_brokers(stage.container.jobs_environment())
    return next(look for look in looks if look.account.username == username)


def test_a_look_names_what_the_books_lack_and_does_nothing(stage: Stage, remember: Remember) -> None:
    """I-33: a restore ends with every account beside the books; sending and cancelling stay sync's."""
    waiting = waiting_entry(stage)
    go_back = remember()
    stage.sync()
    lost = stage.place(stage.command(stage.contract("MSFT"), qty=3))
    go_back()
    at_broker, alerts_before = stage.truth(), stage.query("select count(*) from alerts")
    look = looked(stage)

    (sent,) = [one for one in entries(stage) if one["option_symbol"] == lost["legs"][0]["symbol"]]
    assert f"order {sent['id']} (FILLED buy_to_open 3 {lost['legs'][0]['symbol']}, 3 filled)" in str(look)
    assert f"3 {lost['legs'][0]['symbol']} more than the books explain" in look.differences
    assert f"2 {waiting['legs'][0]['symbol']} more than the books explain" in look.differences
    assert [one for one in look.differences if one.startswith("ENTRY") and "sync finds out" in one]
    assert (stage.truth(), stage.query("select count(*) from alerts")) == (at_broker, alerts_before)
    assert looked(stage, "bob").is_as_booked


def test_a_look_at_accounts_that_are_as_booked_names_nothing(stage: Stage) -> None:
    """Both users, one with a bracketed position; from within and as the database's owner alike."""
    stage.place_bracketed()
    inside = look_at_brokers(stage.container.jobs_environment())
    outside = look_from_outside(
        stage.urls.owner, SEALING_KEYS, clock=stage.clock, transport=EmulatorTransport(stage.world.hosts())
    )

    assert inside == outside
    assert [look.is_as_booked for look in inside] == [True, True]
    assert report(inside) == ["2 of 2 broker accounts are as the books say; sync looks again and acts on it"]


def test_a_look_tells_less_as_well_and_names_accounts_that_it_cannot_read(stage: Stage) -> None:
    """I-06: what cannot be read is no difference and not well either."""
    trade = stage.place(stage.command(qty=2))
    symbol = trade["legs"][0]["symbol"]
    stage.sell_by_hand(OptionContract.parse_occ(symbol), 1)
    assert looked(stage).differences == (f"1 {symbol} less than the books explain",)

    stage.fault("status", method="GET", path="/orders", times=9, status=500)
    unread = looked(stage)
    assert unread.unread is not None
    assert not unread.is_as_booked
    assert "NOT READ  alice" in report([unread])[0]


def test_other_sealing_keys_name_every_account_as_not_read(stage: Stage) -> None:
    """A restore with the wrong keys is told of, not passed over."""
    other = "k2:" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    found = look_from_outside(
        stage.urls.owner, other, clock=stage.clock, transport=EmulatorTransport(stage.world.hosts())
    )

    assert ["sealing keys" in str(look.unread) for look in found] == [True, True]


def test_without_sealing_keys_a_look_says_that_nobody_looked(stage: Stage) -> None:
    """Docs/backup.md: in plain words, and what does the same look instead."""
    said: list[str] = []

    assert look_and_tell(stage.urls.owner, None, {}, said.append) is Seen.NOT_LOOKED
    assert "were not looked at" in said[0]
    assert "first sync" in said[0]
