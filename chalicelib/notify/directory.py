"""Every kind of channel, built from the operator's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.domain.alerts import ChannelKind
from chalicelib.notify.discord import DiscordChannel
from chalicelib.notify.interface import Channel
from chalicelib.notify.mail import MailChannel
from chalicelib.notify.telegram import TelegramChannel
from chalicelib.vendors.http import HttpPool

TELEGRAM_URL: Final = "https://api.telegram.org"
DISCORD_URL: Final = "https://discord.com"
#: A call of SES that takes longer has an unknown outcome.
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """The operator's part of the channels: vendors' addresses, a bot for everybody, a sender of mail."""

    telegram_url: str = TELEGRAM_URL
    telegram_bot_token: str | None = field(default=None, repr=False)
    discord_url: str = DISCORD_URL
    mail_sender: str | None = None


def build_channels(
    settings: ChannelSettings, http: HttpPool, *, ses: Callable[[], Any]
) -> Mapping[ChannelKind, Channel]:
    """Build the channels; `ses` makes boto3's client (Any: it has no types) when the first mail is sent."""
    return {
        ChannelKind.TELEGRAM: TelegramChannel(
            http, base_url=settings.telegram_url, operator_token=settings.telegram_bot_token
        ),
        ChannelKind.DISCORD: DiscordChannel(http, base_url=settings.discord_url),
        ChannelKind.MAIL: MailChannel(ses, sender=settings.mail_sender),
    }


def ses_client(endpoint_url: str | None = None, **credentials: str) -> Any:  # Any: boto3 has no types
    """Make a client of SES v2 that never repeats a call by itself: a mail may have left."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": 1}
    )
    return boto3.client("sesv2", endpoint_url=endpoint_url, config=config, **credentials)
