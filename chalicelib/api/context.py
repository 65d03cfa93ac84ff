"""What the API needs from the composition root, as constructor arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.api.authentication import Authenticator
from chalicelib.security.accounts import Accounts
from chalicelib.security.cognito_client import CognitoClient
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.store.accounts.budget import CallWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """One function container's adapters for the API.

    `machine_time` serves tokens, keys and throttling only; product time is `environment.clock`.
    `requests_per_minute` is None where nothing is throttled.
    """

    environment: Environment
    authenticator: Authenticator
    signin: CognitoClient
    accounts: Accounts
    machine_time: Callable[[], datetime]
    kept: KeptAnswers
    sign_ins: CallWindows
    requests_per_minute: int | None = None
    site_origin: str | None = None
    """Where the page lives: the one origin whose pages may call `/mcp`."""
    coin_stream_url: str | None = None
    """Where pages hear prices of coins; None: nowhere."""
