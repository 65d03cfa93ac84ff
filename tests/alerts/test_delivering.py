"""From a row to a channel: told once, the loudest first, and never in the way of trading (A-17)."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from chalicelib.domain.alerts import ChannelKind, Severity
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.services.raise_alert import raise_alert
from tests.alerts.support import BOT, HOOK, TELEGRAM, Listeners
from tests.services.stage import Stage


def test_an_alert_reaches_a_telegram_chat_once(listeners: Listeners) -> None:
    """A-17: raised, sent by the job, and not again when the job runs twice."""
    listeners.telegram()
    listeners.tell("SPY <580C> & its stop: gone")
    first, second = listeners.run(), listeners.run()

    assert listeners.texts() == ["papertape: 1 alert, warning\n⚠️ SPY <580C> & its stop: gone"]
    assert first == {"messages": 1, "alerts": 1, "troubled": 0}
    assert "skipped" in second
    assert listeners.deliveries() == [("telegram", "SENT", 1)]


def test_an_alert_reaches_discord_without_pinging_anybody(listeners: Listeners, stage: Stage) -> None:
    """wire/alerts.md, 2: escaped, mentions neutralised."""
    listeners.discord()
    listeners.tell("@everyone look at *this*", Severity.CRITICAL)
    listeners.run()
    (message,) = stage.world.discord.messages()

    assert message["allowed_mentions"] == {"parse": []}
    assert message["embeds"][0]["description"] == r"**critical** \@everyone look at \*this\*"


def test_a_burst_becomes_one_message_with_the_loudest_first(listeners: Listeners) -> None:
    """wire/alerts.md, 3."""
    listeners.telegram()
    for number, severity in enumerate([Severity.INFO, Severity.WARNING, Severity.CRITICAL, Severity.INFO]):
        listeners.tell(f"number {number}", severity)
    listeners.run()
    (text,) = listeners.texts()

    assert [line[-1] for line in text.splitlines()[1:]] == ["2", "1", "0", "3"]


def test_a_flood_goes_out_in_messages_that_fit(listeners: Listeners, stage: Stage) -> None:
    """No message passes the vendor's limit, none is lost, and what is too much waits for the next run."""
    listeners.telegram()
    for number in range(150):
        listeners.tell(f"{number}:" + "<&>" * 400)
    runs = 0
    while "skipped" not in listeners.run():
        stage.advance(60)
        runs += 1
    numbers = {
        line.split()[1].partition(":")[0] for text in listeners.texts() for line in text.splitlines()[1:]
    }

    assert numbers == {str(number) for number in range(150)}
    assert max(map(len, listeners.texts())) <= 4096
    assert 1 < runs < 20


def test_only_what_is_loud_enough_is_sent(listeners: Listeners, stage: Stage) -> None:
    """A-01: min_severity. Nothing asks for the job when no channel wants the alert."""
    listeners.telegram(Severity.CRITICAL)
    listeners.tell("quiet", Severity.WARNING)

    assert listeners.messages_to_job() == []
    assert "skipped" in listeners.run()

    listeners.tell("loud", Severity.CRITICAL)
    listeners.run()

    assert len(listeners.texts()) == 1


def test_critical_alerts_do_not_wait_and_others_are_gathered(listeners: Listeners) -> None:
    """Alerts within half a minute share the instant of their run, which runs once (I-20)."""
    listeners.telegram()
    listeners.tell("one")
    listeners.tell("two")
    listeners.tell("three", Severity.CRITICAL)
    gathered, same, at_once = listeners.messages_to_job()

    assert (gathered, at_once) == (same, 0)
    assert 0 < gathered <= 30


def test_an_alert_that_is_rolled_back_sends_no_message(listeners: Listeners, stage: Stage) -> None:
    """Only facts are told: the message follows the commit."""
    listeners.telegram()

    def work(connection: Connection) -> None:
        raise_alert(stage.env, connection, "alice", severity=Severity.CRITICAL, kind="note", message="never")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stage.env.database.run(work, username="alice")

    assert listeners.messages_to_job() == []


def test_a_queue_that_fails_does_not_reach_whoever_raised_the_alert(
    listeners: Listeners, stage: Stage
) -> None:
    """A-17: never blocking trading; the row is there, and a later look finds it."""
    listeners.telegram()
    stage.bus.trouble = ConnectionError("no queue")
    listeners.tell("the queue is down", Severity.CRITICAL)
    stage.bus.trouble = None
    stage.advance(300)
    found = stage.run("alert")

    assert found == {"messages": 1, "alerts": 1, "troubled": 0}


def test_what_was_seen_or_is_over_is_not_sent_any_more(listeners: Listeners, stage: Stage) -> None:
    listeners.telegram()
    listeners.tell("seen")
    listeners.tell("over")
    with stage.env.database.transaction("alice") as connection:
        connection.exec_driver_sql("update alerts set acked_at = now() where text = 'seen'")
        connection.exec_driver_sql("update alerts set resolved_at = now() where text = 'over'")

    assert "skipped" in listeners.run()


def test_a_new_channel_does_not_hear_of_what_was_before_it(listeners: Listeners, stage: Stage) -> None:
    listeners.tell("before")
    stage.advance(1)
    listeners.telegram()
    listeners.tell("after")
    listeners.run()

    assert [text.splitlines()[1:] for text in listeners.texts()] == [["⚠️ after"]]


def _reseal(stage: Stage, sealed: str) -> None:
    """Put another secret target into alice's one channel, as an older release may have stored it."""
    with stage.env.database.transaction("alice") as connection:
        connection.execute(
            text(
                "update user_settings set alert_channels ="
                " jsonb_set(alert_channels, '{0,sealed_target}', to_jsonb(cast(:sealed as text)))"
            ),
            {"sealed": sealed},
        )


def test_whoever_writes_to_a_bot_does_not_get_its_owners_alerts(listeners: Listeners, stage: Stage) -> None:
    """S10: a token that was stored without a chat sends to nobody, and its owner is told."""
    listeners.telegram()
    _reseal(stage, stage.env.sealer.seal(BOT, owner="alice", field="alert_channels"))
    stage.world.telegram.write_to_bot(BOT, 6666)
    listeners.tell("a loss")
    listeners.run()

    assert stage.world.telegram.messages() == []
    assert listeners.deliveries() == [("telegram", "FAILED", 1)]
    assert "channel_failing" in listeners.kinds()


def test_a_key_that_is_not_known_yet_gives_no_channel_up(listeners: Listeners, stage: Stage) -> None:
    """S5: sealed by a process that knows a newer key; this one tries again later, and a later one sends."""
    listeners.telegram()
    newer = AesSealer(KeyRing({"k9": bytes(32)}, current="k9"), bytes)
    _reseal(stage, newer.seal(TELEGRAM, owner="alice", field="alert_channels"))
    listeners.tell("note")
    listeners.run()
    waiting = listeners.deliveries()
    _reseal(stage, stage.env.sealer.seal(TELEGRAM, owner="alice", field="alert_channels"))
    stage.advance(600)
    listeners.run()

    assert waiting == [("telegram", "WAITING", 1)]
    assert len(listeners.texts()) == 1


def test_one_channels_trouble_is_its_own(listeners: Listeners, stage: Stage) -> None:
    listeners.use((ChannelKind.TELEGRAM, TELEGRAM, Severity.INFO), (ChannelKind.DISCORD, HOOK, Severity.INFO))
    stage.fault("drop_connection", path="/sendMessage", vendor="telegram")
    listeners.tell("note")
    listeners.run()

    assert (len(listeners.texts()), len(listeners.embeds())) == (0, 1)


def test_users_hear_their_own_alerts_only(listeners: Listeners, stage: Stage) -> None:
    """I-21."""
    listeners.telegram()
    Listeners(stage, "bob").tell("bob's")
    listeners.tell("alice's")
    stage.clock.move(stage.clock.now() + timedelta(minutes=5))
    stage.run("alert")

    assert [text.splitlines()[1:] for text in listeners.texts()] == [["⚠️ alice's"]]


def test_a_message_for_a_user_who_is_gone_does_nothing(stage: Stage) -> None:
    """It must not come back three times and end among the dead letters."""
    assert "skipped" in stage.run("alert", username="nobody")
