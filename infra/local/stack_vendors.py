"""The vendors that a stack talks to: emulators served over HTTP, whose books are kept between runs."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from infra.local.aws.accounts import BROKER_ACCOUNTS, LIVE_ACCOUNTS, AccountBook
from infra.local.emulators.serving.exchange import Handler
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from infra.local.state import StateDirectory
from infra.local.world_books import BookKeeper, KeptVendor


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVendors:
    """The emulators' world, who keeps its books, and addresses by the configuration's names."""

    world: World
    books: BookKeeper
    urls: Mapping[str, str]


def serve_vendors(
    world: World, state: StateDirectory, book: AccountBook, *, orats_token: str, ending: ExitStack
) -> ServedVendors:
    """Take up the books of the former run, open the demo users' accounts and serve; `ending` ends it."""
    books = BookKeeper(world, state.world)
    books.restore()
    for account in book:
        if account.username in BROKER_ACCOUNTS:
            world.sandbox.add_account(BROKER_ACCOUNTS[account.username], account.broker_token)
            world.live.add_account(LIVE_ACCOUNTS[account.username], account.live_token)
    books.store()
    ending.callback(books.store)
    world.orats.add_token(orats_token)
    vendors: dict[str, Handler] = {
        "TRADIER_SANDBOX_URL": KeptVendor(world.sandbox, books),
        "TRADIER_LIVE_URL": KeptVendor(world.live, books),
        "ORATS_URL": world.orats,
        "TELEGRAM_URL": world.telegram,
        "DISCORD_URL": world.discord,
    }
    urls = {}
    for name, vendor in vendors.items():
        server = EmulatorServer(vendor).start()
        ending.callback(server.stop)
        urls[name] = server.url
    return ServedVendors(world=world, books=books, urls=urls)
