"""Which of a broker's orders the checker takes for which of ours, where none of them bears our tag."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from infra.local.day.recording import STRANGER, RecordingVendor
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.world import World
from infra.local.invariants.naming import mode_of, with_our_tags
from infra.local.invariants.rows import OrderRow
from infra.local.invariants.truth import TruthAccount, TruthOrder
from infra.local.invariants.view import VendorCall

NOON = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
CALL = "SPY260320C00600000"


def at_broker(seconds: float, quantity: int = 2, *, tag: str | None = None, number: str = "7") -> TruthOrder:
    """Return an order that arrived so many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return TruthOrder(
        order_id=number,
        status="open",
        tag=tag,
        symbol=CALL,
        side="buy_to_open",
        type="limit",
        quantity=Decimal(quantity),
        executed=Decimal(0),
        average=Decimal(0),
        limit_price=Decimal(1),
        stop_price=None,
        created_at=at,
        changed_at=at,
    )


def account(mode: str, *orders: TruthOrder, by_hand: frozenset[str] = frozenset()) -> TruthAccount:
    """Return an account with these orders."""
    return TruthAccount(
        mode=mode,
        account_id="1",
        orders=orders,
        positions={},
        cash=Decimal(0),
        starting_cash=Decimal(0),
        by_hand=by_hand,
    )


def stored(tag: str, seconds: float, quantity: int = 2) -> OrderRow:
    """Return an order of ours that was stored as sent so many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return OrderRow(
        id=uuid4(),
        trade_id=uuid4(),
        role="ENTRY",
        tag=tag,
        status="SENT",
        type="limit",
        side="buy_to_open",
        symbol=CALL,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(0),
        limit_price=Decimal(1),
        stop_price=None,
        avg_fill_price=None,
        broker_order_id=None,
        parent_broker_order_id=None,
        reason=None,
        created_at=at,
        submitted_at=at,
        ended_at=None,
    )


def test_an_order_without_a_tag_is_what_was_sent_last_before_it() -> None:
    """I-01: of two that ask for the same, each is known by when it was sent; what nobody sent is nobody's."""
    sent = [stored("pt-first", 0), stored("pt-second", 10), stored("pt-larger", 11, quantity=3)]
    orders = (at_broker(1), at_broker(12), at_broker(13, quantity=9), at_broker(14, number="8"))
    named = with_our_tags(account("SCHWAB_LIVE", *orders, by_hand=frozenset({"8"})), sent)

    assert [one.tag for one in named.orders] == ["pt-first", "pt-second", None, None]


def test_one_intent_that_arrives_twice_has_one_tag() -> None:
    """I-01: that is what finds an order that was sent again."""
    named = with_our_tags(account("SCHWAB_LIVE", at_broker(1), at_broker(31)), [stored("pt-first", 0)])

    assert [one.tag for one in named.orders] == ["pt-first", "pt-first"]


def test_a_longer_reference_begins_with_our_tag() -> None:
    named = with_our_tags(account("IBKR_PAPER", at_broker(1, tag="pt-1-2_oo"), at_broker(2)), [])

    assert [one.tag for one in named.orders] == ["pt-1-2", None]


@pytest.mark.parametrize(
    ("at", "account_id", "mode"),
    [
        ("IBKR_PAPER", "DU0000001", "IBKR_PAPER"),
        ("IBKR_PAPER", "U0000001", "IBKR_LIVE"),
        ("SCHWAB_LIVE", "70000001", "SCHWAB_LIVE"),
    ],
)
def test_one_host_may_hold_both_kinds_of_money(at: str, account_id: str, mode: str) -> None:
    assert mode_of(at, account_id) == mode


def test_what_a_vendor_gives_for_a_token_is_its_owners() -> None:
    """I-29: calls with an access token are told as those of whose grant it was given for."""
    world = World.create(1, lambda: NOON, lambda _seconds: None)
    world.tastytrade_cert.open_account("5WT00001", "a-grant", "a-secret")
    calls = list[VendorCall]()
    owners = {"a-grant": "alice"}
    vendor = RecordingVendor("there", world.tastytrade_cert, calls, owners, lambda: NOON)
    agent = {"User-Agent": "papertape/1"}
    asked = b'{"grant_type":"refresh_token","refresh_token":"a-grant","client_secret":"a-secret"}'
    vendor.handle(request_from_target("POST", "/oauth/token", agent, asked))
    (token,) = owners.keys() - {"a-grant"}
    for bearer in (token, "another"):
        headers = agent | {"Authorization": f"Bearer {bearer}"}
        vendor.handle(request_from_target("GET", "/customers/me/accounts", headers, b""))

    assert [one.owner for one in calls] == ["alice", "alice", STRANGER]
