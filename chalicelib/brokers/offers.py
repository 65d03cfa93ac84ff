"""How each broker is connected to: its accounts by kind of money, and what it wants as credentials (W-03).

A broker that is named and not here cannot be connected yet. The next one is a row here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.domain.accounts import BrokerMode, BrokerName

_TRADIER_TOKEN: Final = re.compile(r"[!-~]{4,256}")
_BINANCE_KEY: Final = re.compile(r"[A-Za-z0-9]{8,128}")
#: A shared secret, or an Ed25519 key.
_BINANCE_SECRET: Final = re.compile(
    r"[!-~]{8,256}|-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,4000}-----END PRIVATE KEY-----\s*"
)
_TASTYTRADE_SECRET: Final = re.compile(r"[!-~]{4,4096}")
_IBKR_TOKEN: Final = re.compile(r"[!-~]{4,1024}")
_PEM_KEY: Final = re.compile(
    r"-----BEGIN (?:RSA )?PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,7000}-----END (?:RSA )?PRIVATE KEY-----\s*"
)
_PRIME: Final = re.compile(r"[0-9A-Fa-f:\s]{128,4096}")
_SCHWAB_KEY: Final = re.compile(r"[!-~]{4,256}")
#: What a login in a browser brings, and the account that is wanted where it reaches several.
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of one
ACCOUNT_HASH: Final = "account_hash"
WANTED_ACCOUNT: Final = "account_id"
OF_LOGIN: Final = (REFRESH_TOKEN, ACCOUNT_HASH, WANTED_ACCOUNT)
_LAST_CHARACTERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One broker: a mode for each environment that it has, and the form of each of its credentials.

    Without credentials the broker is ours, and everybody is connected to it. `in_browser`: they are those of
    a program, which its user lets in on the broker's page; what that brings is kept beside them.
    """

    modes: tuple[BrokerMode, ...]
    credentials: Mapping[str, re.Pattern[str]]
    in_browser: bool = False

    def joined(self, given: Mapping[str, str]) -> str:
        """Return what is kept of credentials under one seal: the only one as it is, several as JSON."""
        if len(self.credentials) == 1:
            return next(iter(given.values()))
        more = [name for name in OF_LOGIN if self.in_browser and name in given]
        return json.dumps({name: given[name] for name in (*self.credentials, *more)})

    def parted(self, joined: str) -> Mapping[str, str]:
        """Return credentials by name again; raises ValueError for what `joined` did not return."""
        if len(self.credentials) == 1:
            return dict.fromkeys(self.credentials, joined)
        found = json.loads(joined)
        if not isinstance(found, dict) or not all(
            isinstance(found.get(one), str) for one in self.credentials
        ):
            raise ValueError("the stored credentials are not this broker's")
        more = [name for name in OF_LOGIN if self.in_browser and isinstance(found.get(name), str)]
        return {name: found[name] for name in (*self.credentials, *more)}

    def last_of(self, joined: str) -> str:
        """Return all that is ever shown of credentials: the last characters of the first of them."""
        first = joined if len(self.credentials) == 1 else json.loads(joined)[next(iter(self.credentials))]
        return str(first)[-_LAST_CHARACTERS:]

    def mode(self, environment: str) -> BrokerMode | None:
        """Return this broker's mode in an environment, None where it has none."""
        return next((mode for mode in self.modes if mode.environment == environment), None)


OFFERS: Final[Mapping[BrokerName, Offer]] = MappingProxyType(
    {
        BrokerName.PAPER: Offer(modes=(BrokerMode.PAPER,), credentials={}),
        BrokerName.TRADIER: Offer(
            modes=(BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE),
            credentials={"token": _TRADIER_TOKEN},
        ),
        BrokerName.TASTYTRADE: Offer(
            modes=(BrokerMode.TASTYTRADE_CERT, BrokerMode.TASTYTRADE_LIVE),
            credentials={"refresh_token": _TASTYTRADE_SECRET, "client_secret": _TASTYTRADE_SECRET},
        ),
        BrokerName.IBKR: Offer(
            modes=(BrokerMode.IBKR_PAPER, BrokerMode.IBKR_LIVE),
            credentials={
                "access_token": _IBKR_TOKEN,
                "access_token_secret": _IBKR_TOKEN,
                "consumer_key": _IBKR_TOKEN,
                "signature_key": _PEM_KEY,
                "encryption_key": _PEM_KEY,
                "dh_prime": _PRIME,
            },
        ),
        BrokerName.SCHWAB: Offer(
            modes=(BrokerMode.SCHWAB_LIVE,),
            credentials={"client_id": _SCHWAB_KEY, "client_secret": _SCHWAB_KEY},
            in_browser=True,
        ),
        BrokerName.BINANCE: Offer(
            modes=(BrokerMode.BINANCE_TESTNET, BrokerMode.BINANCE_LIVE),
            credentials={"api_key": _BINANCE_KEY, "api_secret": _BINANCE_SECRET},
        ),
    }
)


def offer_of(mode: BrokerMode) -> Offer:
    """Return the offer that a mode belongs to."""
    return next(offer for offer in OFFERS.values() if mode in offer.modes)
