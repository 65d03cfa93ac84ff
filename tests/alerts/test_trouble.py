"""What vendors do to messages: said no, said wait, said nothing (wire/alerts.md)."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.alerts import AlertLine, ChannelKind, Severity
from chalicelib.notify.interface import Channel, Delivery
from chalicelib.services.alerts.deliver_alerts import deliver_alerts
from chalicelib.vendors.deadline import Deadline
from tests.alerts.support import BOT, Listeners
from tests.services.stage import Stage


def test_a_blocked_bot_disables_the_channel_and_tells_the_owner(listeners: Listeners, stage: Stage) -> None:
    """403: nothing is sent there any more, until the owner saves the channel again."""
    listeners.telegram()
    stage.world.telegram.close_chat("1001")
    listeners.tell("one")
    listeners.run()
    listeners.tell("two")
    stage.advance(60)
    after = listeners.run()
    (row,) = stage.query("select text, severity from alerts where kind = 'channel_failing'")

    assert listeners.deliveries() == [("telegram", "FAILED", 1)]
    assert "skipped" in after
    assert row.severity == "warning"
    assert "bot was blocked by the user" in row.text
    assert BOT not in row.text


@pytest.mark.parametrize("vendor", ["telegram", "discord"])
def test_a_target_that_is_gone_is_not_called_again(listeners: Listeners, stage: Stage, vendor: str) -> None:
    """401 and 404: repeated calls are punished."""
    getattr(listeners, vendor)()
    stage.world.telegram.revoke(BOT)
    stage.world.discord.delete("2002")
    emulator = getattr(stage.world, vendor)
    listeners.tell("one")
    listeners.run()
    calls = emulator.calls()["total"]
    listeners.tell("two")
    listeners.run()

    assert emulator.calls()["total"] == calls == 1


def test_a_wait_that_is_asked_for_is_kept(listeners: Listeners, stage: Stage) -> None:
    """429: surely not sent, so that it is tried again, not before retry_after."""
    listeners.telegram()
    stage.fault("rate_limited", path="/sendMessage", vendor="telegram", seconds=40)
    listeners.tell("patience")
    listeners.run()
    due = listeners.messages_to_job()[-1]
    stage.advance(39)
    early = listeners.run()
    stage.advance(1)
    listeners.run()

    assert due == 40
    assert "skipped" in early
    assert listeners.deliveries() == [("telegram", "SENT", 2)]


def test_discords_wait_has_fractions(listeners: Listeners, stage: Stage) -> None:
    listeners.discord()
    stage.fault("rate_limited", path="/webhooks", vendor="discord", seconds=1.57)
    listeners.tell("patience")
    listeners.run()

    assert listeners.messages_to_job()[-1] == pytest.approx(1.57)


def test_what_fails_for_ever_is_given_up(listeners: Listeners, stage: Stage) -> None:
    """A known failure is tried five times."""
    listeners.telegram()
    stage.fault("rate_limited", path="/sendMessage", vendor="telegram", seconds=5, times=50)
    listeners.tell("hopeless")
    for _ in range(8):
        listeners.run()
        stage.advance(60)

    assert listeners.deliveries() == [("telegram", "FAILED", 5)]


def test_an_unknown_outcome_is_not_sent_again(listeners: Listeners, stage: Stage) -> None:
    """There is no idempotency key: a lost answer is left alone."""
    listeners.telegram()
    stage.fault("timeout_after", path="/sendMessage", vendor="telegram")
    listeners.tell("perhaps")
    for _ in range(3):
        listeners.run()
        stage.advance(120)

    assert len(listeners.texts()) == 1
    assert listeners.deliveries() == [("telegram", "UNKNOWN", 1)]


def test_a_vendors_500_is_sent_again_until_it_is_taken(listeners: Listeners, stage: Stage) -> None:
    """A-17: the vendor's own failure is no lost answer; the alert comes, be it twice."""
    listeners.telegram()
    stage.fault("status", path="/sendMessage", vendor="telegram", code=500, times=2)
    listeners.tell("comes at last")
    for _ in range(4):
        listeners.run()
        stage.advance(60)

    assert len(listeners.texts()) == 1
    assert listeners.deliveries() == [("telegram", "SENT", 3)]


def test_a_critical_alert_of_unknown_outcome_is_tried_once_more(listeners: Listeners, stage: Stage) -> None:
    """Documented in ADR 0012: told twice is better than not at all."""
    listeners.telegram()
    stage.fault("timeout_before", path="/sendMessage", vendor="telegram", times=9)
    listeners.tell("unprotected", Severity.CRITICAL)
    for _ in range(5):
        listeners.run()
        stage.advance(60)

    assert listeners.deliveries() == [("telegram", "UNKNOWN", 2)]


def test_a_group_that_was_upgraded_is_followed(listeners: Listeners, stage: Stage) -> None:
    """400 with migrate_to_chat_id: sent to the new id, which is kept."""
    listeners.telegram()
    stage.world.telegram.upgrade("1001", -1000000000002)
    listeners.tell("one")
    listeners.run()
    stage.advance(60)
    listeners.tell("two")
    listeners.run()
    calls = stage.world.telegram.calls()["total"]

    assert [message["chat_id"] for message in stage.world.telegram.messages()] == ["-1000000000002"] * 2
    assert calls == 3


def test_text_that_cannot_be_parsed_goes_out_plain(listeners: Listeners, stage: Stage) -> None:
    listeners.telegram()
    body = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: x"}
    stage.fault("status", path="/sendMessage", vendor="telegram", code=400, body=body)
    listeners.tell("a < b")
    listeners.run()

    assert listeners.texts() == ["papertape: 1 alert, warning\n⚠️ a < b"]


def test_a_refused_message_is_told_once_and_ends_when_one_goes_through(
    listeners: Listeners, stage: Stage
) -> None:
    """The channel stays: the next message may be fine."""
    listeners.telegram()
    body = {"ok": False, "error_code": 400, "description": "Bad Request: message text is empty"}
    stage.fault("status", path="/sendMessage", vendor="telegram", code=400, body=body, times=2)
    listeners.tell("one")
    listeners.run()
    listeners.run()
    told = listeners.kinds().count("channel_failing")
    stage.advance(60)
    listeners.tell("two")
    listeners.run()
    (row,) = stage.query("select resolved_at from alerts where kind = 'channel_failing'")

    assert told == 1
    assert row.resolved_at is not None


def test_two_workers_at_once_tell_an_alert_once(listeners: Listeners, stage: Stage) -> None:
    """I-20: each alert is claimed before its message leaves."""
    listeners.telegram()
    for number in range(30):
        listeners.tell(f"number {number}")
    workers = [threading.Thread(target=listeners.run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lines = [line for text in listeners.texts() for line in text.splitlines()[1:]]

    assert len(lines) == len(set(lines)) == 30


class Killed(BaseException):
    """The function ends here, whatever it was doing."""


class Dying:
    """A channel in whose hands the function is killed."""

    def __init__(self, channel: Channel, *, after_sending: bool) -> None:
        self._channel = channel
        self._after_sending = after_sending
        self.check_target, self.length = channel.check_target, channel.length
        self.length_max = channel.length_max

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        """Die before the message leaves, or before anybody notes that it did."""
        if self._after_sending:
            self._channel.send(target, lines, deadline)
        raise Killed


@pytest.mark.parametrize("after_sending", [False, True])
@pytest.mark.parametrize(
    ("severity", "told_later"), [(Severity.WARNING, 0), (Severity.CRITICAL, 1)], ids=["warning", "critical"]
)
def test_a_worker_that_is_killed_while_sending_leaves_an_unknown_outcome(
    listeners: Listeners, stage: Stage, severity: Severity, told_later: int, after_sending: bool
) -> None:
    """Whether it left cannot be known: not again for a warning, once more for a critical alert."""
    listeners.telegram()
    listeners.tell("note", severity)
    env = stage.container.jobs_environment()
    dying = Dying(env.channels[ChannelKind.TELEGRAM], after_sending=after_sending)
    with pytest.raises(Killed):
        deliver_alerts(replace(env, channels={**env.channels, ChannelKind.TELEGRAM: dying}), "alice")
    for _ in range(4):
        stage.advance(60)
        listeners.run()

    assert len(listeners.texts()) == after_sending + told_later
    assert listeners.deliveries() == [
        ("telegram", "SENT" if told_later else "UNKNOWN", 2 if told_later else 1)
    ]
