"""A mail address gets alerts once its reader has typed back the code that was sent there (A-17)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.api.shapes.settings import shape_settings
from chalicelib.domain.alerts import AlertLine, ChannelKind, Severity
from chalicelib.notify.interface import Channel, Delivery, Verdict
from chalicelib.services.alerts.deliver_alerts import MESSAGES_AN_HOUR, deliver_alerts
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Invalid
from chalicelib.services.raise_alert import raise_alert
from chalicelib.services.users import settings
from chalicelib.services.users.alert_channels import WantedChannel
from chalicelib.services.users.prove_address import CODES_AN_HOUR
from chalicelib.services.users.settings import SettingsChange
from chalicelib.vendors.deadline import Deadline
from tests.services.stage import Stage

ADDRESS = "alice@example.test"


@dataclass
class Post:
    """Takes mail instead of SES."""

    letters: list[tuple[str, str]] = field(default_factory=list)
    length_max: int = 10_000

    def check_target(self, target: str) -> None:
        """Every text is an address here."""

    def length(self, line: AlertLine) -> int:
        return len(line.words)

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        del deadline
        self.letters.append((target, " / ".join(line.words for line in lines)))
        return Delivery(verdict=Verdict.SENT)


@dataclass
class Owner:
    """Alice with mail."""

    env: Environment
    post: Post

    def save(self, *addresses: str, code: str | None = None) -> Mapping[str, Any]:
        wanted = tuple(
            WantedChannel(kind=ChannelKind.MAIL, target=address, min_severity=Severity.WARNING, code=code)
            for address in addresses
        )
        return shape_settings(settings.change_settings(self.env, "alice", SettingsChange(channels=wanted)))

    def tell(self, message: str) -> None:
        with self.env.database.transaction("alice") as connection:
            raise_alert(
                self.env, connection, "alice", severity=Severity.WARNING, kind="note", message=message
            )

    def deliver(self) -> list[tuple[str, str]]:
        self.post.letters.clear()
        deliver_alerts(self.env, "alice")
        return list(self.post.letters)

    def code(self) -> str:
        ((_, words),) = self.deliver()
        found = re.search(r"[A-Z2-7]{4} [A-Z2-7]{4}", words)
        assert found is not None
        return found[0]


@pytest.fixture
def owner(stage: Stage) -> Owner:
    post = Post()
    channels: dict[ChannelKind, Channel] = {**stage.env.channels, ChannelKind.MAIL: post}
    return Owner(replace(stage.env, channels=channels), post)


def test_an_address_is_told_nothing_before_its_code_is_typed_back(owner: Owner, stage: Stage) -> None:
    """One letter with the code, then silence; confirmed, what comes from then on."""
    waiting = owner.save(ADDRESS)["unconfirmed_addresses"]
    owner.tell("before")
    code = owner.code()
    silent = owner.deliver()
    stage.advance(1)
    left = owner.save(ADDRESS, code=code.lower().replace(" ", ""))
    owner.tell("after")

    assert (waiting, "unconfirmed_addresses" in left, silent) == ([ADDRESS], False, [])
    assert owner.deliver() == [(ADDRESS, "after")]


def test_another_code_is_refused_and_nothing_changes(owner: Owner) -> None:
    owner.save(ADDRESS)
    code = owner.code()
    with pytest.raises(Invalid) as refused:
        owner.save(ADDRESS, code="AAAA AAAA")

    assert [one.field for one in refused.value.errors] == ["alert_channels.0.code"]
    assert "unconfirmed_addresses" not in owner.save(ADDRESS, code=code)


def test_saving_again_sends_no_second_code_at_once(owner: Owner, stage: Stage) -> None:
    """A settings page that is saved ten times pesters nobody; later a new code may be asked for."""
    owner.save(ADDRESS)
    first = owner.code()
    owner.save(ADDRESS)
    assert owner.deliver() == []
    stage.advance(11 * 60)
    owner.save(ADDRESS)

    assert owner.code() != first


def test_strangers_are_mailed_five_codes_an_hour_at_most(owner: Owner) -> None:
    for number in range(CODES_AN_HOUR):
        owner.save(f"stranger{number}@example.test")
    with pytest.raises(Invalid):
        owner.save("one-more@example.test")


def test_a_target_stands_once(owner: Owner) -> None:
    """The same address ten times is not ten mails."""
    with pytest.raises(Invalid) as refused:
        owner.save(ADDRESS, ADDRESS)

    assert [one.field for one in refused.value.errors] == ["alert_channels.1.target"]


def test_a_flood_of_alerts_is_no_flood_of_mail(owner: Owner, stage: Stage) -> None:
    """MESSAGES_AN_HOUR, then one message with what waited, once the hour allows it."""
    owner.save(ADDRESS)
    owner.save(ADDRESS, code=owner.code())
    sent = 0
    for number in range(MESSAGES_AN_HOUR + 5):
        owner.tell(f"number {number}")
        sent += len(owner.deliver())
        stage.advance(1)
    stage.advance(3600)

    assert sent == MESSAGES_AN_HOUR
    assert [words.count("number") for _, words in owner.deliver()] == [5]
