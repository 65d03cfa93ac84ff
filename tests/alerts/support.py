"""What people do with alerts, and what their channels hear."""

from typing import Any

from chalicelib.domain.alerts import ChannelKind, Severity
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.raise_alert import raise_alert
from chalicelib.services.users import settings
from chalicelib.services.users.alert_channels import WantedChannel
from chalicelib.services.users.settings import SettingsChange
from tests.services.stage import Stage

BOT = "4711:AAbot-of-alice_0123456789abcdefghijk"
TELEGRAM = f"{BOT}@1001"
HOOK = "https://discord.com/api/webhooks/2002/hook-of-alice_0123456789"


class Listeners:
    """One user's channels."""

    def __init__(self, stage: Stage, username: str = "alice") -> None:
        self.stage = stage
        self.username = username

    def use(self, *wanted: tuple[ChannelKind, str, Severity]) -> None:
        """Store these channels in place of all others."""
        channels = tuple(
            WantedChannel(kind=kind, target=target, min_severity=severity)
            for kind, target, severity in wanted
        )
        settings.change_settings(self.stage.env, self.username, SettingsChange(channels=channels))

    def telegram(self, severity: Severity = Severity.INFO, target: str = TELEGRAM) -> None:
        """Have alerts sent by a bot."""
        self.use((ChannelKind.TELEGRAM, target, severity))

    def discord(self, severity: Severity = Severity.INFO) -> None:
        """Have alerts sent by a web hook."""
        self.use((ChannelKind.DISCORD, HOOK, severity))

    def tell(self, message: str, severity: Severity = Severity.WARNING, *, kind: str = "note") -> None:
        """Raise an alert as services do."""
        with self.stage.env.database.transaction(self.username) as connection:
            raise_alert(
                self.stage.env, connection, self.username, severity=severity, kind=kind, message=message
            )

    def run(self, **payload: JsonValue) -> dict[str, JsonValue]:
        """Run the job for this user."""
        return self.stage.run("alert", **{"username": self.username, **payload})

    def texts(self) -> list[str]:
        """Return what was read in Telegram."""
        return [str(message["text"]) for message in self.stage.world.telegram.messages()]

    def embeds(self) -> list[dict[str, Any]]:
        """Return the embeds that were seen in Discord."""
        return [message["embeds"][0] for message in self.stage.world.discord.messages()]

    def deliveries(self) -> list[tuple[str, str, int]]:
        """Return channel, state and attempts of every delivery."""
        rows = self.stage.query("select channel, state, attempts from alert_deliveries order by at, id")
        return [tuple(row) for row in rows]

    def kinds(self) -> list[str]:
        """Return the kinds of this user's alerts, oldest first."""
        return [row.kind for row in self.stage.query("select kind from alerts order by at, id")]

    def messages_to_job(self) -> list[float]:
        """Return, for each message to the job, in how many seconds it is due."""
        now = self.stage.clock.now()
        return [
            (due_at - now).total_seconds()
            for job, _, due_at in self.stage.bus.sent
            if job == "alert" and due_at is not None
        ]
