"""What a fresh stack's people do first: settings and accounts, the operator's data, the demo's work."""

from collections.abc import Mapping
from functools import partial

from chalicelib.domain.clocks.calendar import new_york_date
from infra.local.aws.accounts import BROKER_ACCOUNTS, DEMO_USERS, OPERATOR, AccountBook
from infra.local.emulators.world import World
from infra.local.operator_calls import call
from infra.local.options import Options
from infra.local.seed.demo_desk import ensure_demo_desk
from infra.local.seed.demo_settings import ensure_settings
from infra.local.seed.demo_trader import MODELS_RULE, ensure_demo_trader
from infra.local.told_desk import tell_desk_data


def settle_in(
    api_url: str, book: AccountBook, tokens: Mapping[str, str], options: Options, world: World
) -> None:
    """Give the demo users their settings, tell what an operator tells, put the demo to work."""
    for account in book:
        if account.username in DEMO_USERS:
            ensure_settings(
                api_url,
                account.username,
                tokens[account.username],
                broker_account=BROKER_ACCOUNTS[account.username],
                broker_token=account.broker_token,
                limits=options.limits,
            )
    market = world.simulated
    tell_desk_data(partial(_call_as, api_url, tokens[OPERATOR]), market, new_york_date(market.now()))
    if options.shows_demo:
        as_newcomer = partial(_call_as, api_url, tokens[DEMO_USERS[0]])
        ensure_demo_desk(as_newcomer)
        world.openrouter.set_default(MODELS_RULE)
        ensure_demo_trader(as_newcomer)


def _call_as(
    api_url: str, token: str, method: str, path: str, body: Mapping[str, object] | None
) -> dict[str, object]:
    return call(method, f"{api_url}{path}", body, token)
