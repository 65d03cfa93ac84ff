"""A stack that is started again finds the market, the orders and the positions it left."""

from pathlib import Path

from infra.local.emulators.keeping import restore_world, save_world
from tests.emulators.support import ACCOUNT, Outside, accepted

CALL = "SPY260320C00610000"


def test_a_restart_finds_the_books_and_the_market(tmp_path: Path) -> None:
    """Working orders work on, ids go on, and what was moved stays moved."""
    kept = tmp_path / "world.json"
    before = Outside()
    before.world.simulated.jump("SPY", 615.0)
    before.world.simulated.set_iv("SPY", 0.3)
    price = before.bought(CALL)
    bracket = accepted(before.exits(CALL, 2, f"{price + 1:.2f}", f"{price - 4:.2f}", tag="exit"))
    save_world(before.world, kept)
    after = Outside()
    assert restore_world(after.world, kept)
    after.world.sandbox.add_account(ACCOUNT, "sandbox-token")

    assert after.world.sandbox.truth_orders(ACCOUNT) == before.world.sandbox.truth_orders(ACCOUNT)
    assert after.world.sandbox.truth_positions(ACCOUNT) == before.world.sandbox.truth_positions(ACCOUNT)
    assert after.world.sandbox.truth_cash(ACCOUNT) == before.world.sandbox.truth_cash(ACCOUNT)
    assert after.quote(CALL) == before.quote(CALL)
    after.world.simulated.jump("SPY", 630.0)
    assert after.order(bracket)["status"] == "filled"
    assert accepted(after.option(CALL, "buy_to_open", 1)) == bracket + 3


def test_without_a_file_nothing_is_restored(tmp_path: Path) -> None:
    """A first start."""
    assert not restore_world(Outside().world, tmp_path / "none.json")
