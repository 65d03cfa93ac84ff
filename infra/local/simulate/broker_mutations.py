"""Guards that several brokers need, each with a way to switch it off."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from chalicelib.domain.accounts import AccountRef
from chalicelib.jobs import sync
from infra.local.simulate.mutation import Mutation


def _in_turn() -> Mapping[Callable[..., Any], Callable[..., Any]]:  # Any: as the original
    def one_by_one(env: Any, accounts: Sequence[AccountRef], wait_seconds: float) -> dict[AccountRef, Any]:
        return {account: sync._sync_one(env, account, wait_seconds) for account in accounts}

    return {sync._side_by_side: one_by_one}


OF_BROKERS: Final[Mapping[str, Mutation]] = {
    "side-by-side": Mutation(guard="a broker that hangs holds up nobody elsewhere", replaced=_in_turn),
}
