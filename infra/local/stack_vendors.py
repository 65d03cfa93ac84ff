"""The vendors that a stack talks to: emulators served over HTTP, whose books are kept between runs."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from infra.local.aws.accounts import (
    BINANCE_ACCOUNTS,
    BROKER_ACCOUNTS,
    IBKR_ACCOUNTS,
    IBKR_LIVE_ACCOUNTS,
    LIVE_ACCOUNTS,
    SCHWAB_ACCOUNTS,
    TASTYTRADE_ACCOUNTS,
    TASTYTRADE_LIVE_ACCOUNTS,
    AccountBook,
)
from infra.local.emulators.binance.stream_server import StreamServer
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.serving.exchange import Handler
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from infra.local.seed.consumers import Credentials
from infra.local.state import StateDirectory
from infra.local.world_books import BookKeeper, KeptVendor

#: Where an address is configured with its path.
_PATHS: Final = {"MODEL_URL": "/api/v1", "IBKR_PAPER_URL": "/v1/api"}
#: What answers at another one's address.
_SHARED: Final = {"IBKR_LIVE_URL": "IBKR_PAPER_URL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVendors:
    """The emulators' world, who keeps its books, and addresses by the configuration's names."""

    world: World
    books: BookKeeper
    urls: Mapping[str, str]


def serve_vendors(
    world: World,
    state: StateDirectory,
    book: AccountBook,
    *,
    secrets: Mapping[str, str],
    site_origin: str,
    ending: ExitStack,
) -> ServedVendors:
    """Take up the books of the former run, open the demo users' accounts and serve; `ending` ends it."""
    books = BookKeeper(world, state.world)
    books.restore()
    _open_accounts(world, book, site_origin)
    books.store()
    ending.callback(books.store)
    world.orats.add_token(secrets["orats-token"])
    world.openrouter.add_key(secrets["model-key"])
    vendors: dict[str, Handler] = {
        "TRADIER_SANDBOX_URL": KeptVendor(world.sandbox, books),
        "TRADIER_LIVE_URL": KeptVendor(world.live, books),
        "TASTYTRADE_CERT_URL": KeptVendor(world.tastytrade_cert, books),
        "TASTYTRADE_LIVE_URL": KeptVendor(world.tastytrade_live, books),
        "IBKR_PAPER_URL": KeptVendor(world.ibkr, books),
        "SCHWAB_LIVE_URL": KeptVendor(world.schwab, books),
        "ORATS_URL": world.orats,
        "TELEGRAM_URL": world.telegram,
        "DISCORD_URL": world.discord,
        "BINANCE_URL": world.binance,
        "BINANCE_TESTNET_URL": KeptVendor(world.binance_testnet, books),
        "BINANCE_LIVE_URL": KeptVendor(world.binance, books),
        "COINGECKO_URL": world.coingecko,
        "MODEL_URL": world.openrouter,
    }
    urls = {}
    for name, vendor in vendors.items():
        server = EmulatorServer(vendor).start()
        ending.callback(server.stop)
        urls[name] = server.url + _PATHS.get(name, "")
    urls |= {name: urls[of] for name, of in _SHARED.items()}
    streams = StreamServer(world.binance).start()
    ending.callback(streams.stop)
    urls["BINANCE_STREAM_URL"] = streams.url
    return ServedVendors(world=world, books=books, urls=urls)


def _open_accounts(world: World, book: AccountBook, site_origin: str) -> None:
    """Open the demo users' accounts at every emulated broker."""
    for account in book:
        if account.username in BROKER_ACCOUNTS:
            world.sandbox.add_account(BROKER_ACCOUNTS[account.username], account.broker_token)
            world.live.add_account(LIVE_ACCOUNTS[account.username], account.live_token)
            world.tastytrade_cert.open_account(
                TASTYTRADE_ACCOUNTS[account.username], account.tastytrade_token, account.tastytrade_secret
            )
            world.tastytrade_live.open_account(
                TASTYTRADE_LIVE_ACCOUNTS[account.username],
                account.tastytrade_live_token,
                account.tastytrade_secret,
            )
            for number, registered in (
                (IBKR_ACCOUNTS[account.username], account.ibkr),
                (IBKR_LIVE_ACCOUNTS[account.username], account.ibkr_live),
            ):
                world.ibkr.open_account(number, Credentials(**json.loads(registered)))
            world.schwab.open_account(SCHWAB_ACCOUNTS[account.username], account.username)
            world.schwab.register(
                Application(
                    client_id=account.schwab_key,
                    client_secret=account.schwab_secret,
                    redirect_uri=f"{site_origin}/",
                )
            )
            world.binance_testnet.desk.add_account(
                BINANCE_ACCOUNTS[account.username],
                key=account.binance_key,
                secret=account.binance_secret,
            )
