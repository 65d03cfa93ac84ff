"""One entry walks at a time in a broker account: its calls are few (B-05). The oldest that waits is next."""

from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.store.trades.walks import WalkingEntry, walking_entries


def has_turn(keeper: AccountKeeper, trade: Trade) -> bool:
    """Say whether an entry may begin to walk; whoever asks keeps the account: none begins meanwhile."""
    found = _walks(keeper)
    return not any(one.has_begun for one in found) and [one.trade_id for one in found][:1] == [trade.id]


def pass_turn_on(keeper: AccountKeeper, trade: Trade) -> None:
    """Have the account worked on at once where an entry waits for the turn that a trade no longer needs."""
    found = _walks(keeper)
    if found and not any(one.has_begun for one in found):
        hand_over(keeper.env, trade)


def _walks(keeper: AccountKeeper) -> list[WalkingEntry]:
    return keeper.database.run(
        lambda connection: walking_entries(connection, keeper.account), username=keeper.username
    )
