"""What a channel may be, and how each vendor's messages look (A-01, wire/alerts.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from chalicelib.domain.alerts import AlertLine, Severity, first_message, in_order
from chalicelib.notify.directory import ses_client
from chalicelib.notify.discord import DiscordChannel
from chalicelib.notify.interface import BadTarget, Channel, Verdict
from chalicelib.notify.mail import MailChannel
from chalicelib.notify.telegram import TelegramChannel
from chalicelib.system import SystemClock
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.channels.markup import parse_html
from tests.alerts.support import BOT, HOOK, TELEGRAM

FIXTURES = Path(__file__).parents[2] / "../shared/fixtures/alerts"
AT = datetime(2026, 2, 19, 15, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000)


def line(text: str = "note", severity: Severity = Severity.WARNING) -> AlertLine:
    """Return an alert."""
    return AlertLine(id=uuid4(), at=AT, severity=severity, text=text)


class Answers(httpx.BaseTransport):
    """A vendor that answers what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers.pop(0)

    def body(self, index: int = 0) -> Any:
        """Return what was sent, read."""
        return json.loads(self.asked[index].read())


def telegram(
    transport: httpx.BaseTransport | None = None, operator_token: str | None = None
) -> TelegramChannel:
    """Return the channel over a vendor of our own."""
    return TelegramChannel(
        HttpPool(transport), base_url="https://api.telegram.org", operator_token=operator_token
    )


def discord(transport: httpx.BaseTransport | None = None) -> DiscordChannel:
    """Return the channel over a vendor of our own."""
    return DiscordChannel(HttpPool(transport), base_url="https://discord.com")


def deadline() -> Deadline:
    """Return time enough."""
    return Deadline(SystemClock())


def refused(channel: Channel, target: str) -> bool:
    """Say whether a target is refused, with a reason that does not repeat it."""
    try:
        channel.check_target(target)
    except BadTarget as error:
        return not target or target not in str(error)
    return False


@pytest.mark.parametrize("target", [TELEGRAM, f"{BOT}@-1000000000001", f"{BOT}@@channel_name"])
def test_a_telegram_target_is_a_bot_and_its_chat(target: str) -> None:
    assert not refused(telegram(), target)


@pytest.mark.parametrize(
    "target",
    ["", "hello", "1001", BOT, f"{BOT}@", f"{BOT}/../sendMessage", f"{BOT}@1 2", f"x{BOT}@1", f"{BOT}@1\n"],
)
def test_other_texts_are_no_telegram_target(target: str) -> None:
    """A chat alone needs the operator's bot."""
    assert refused(telegram(), target)
    assert not refused(telegram(operator_token=BOT), "1001")


@pytest.mark.parametrize(
    "target",
    [
        "http://discord.com/api/webhooks/1/abc",
        "https://discord.com.evil.example/api/webhooks/1/abc",
        "https://evil.example/api/webhooks/1/abc",
        "https://discord.com@evil.example/api/webhooks/1/abc",
        "https://discord.com/api/webhooks/1/abc/../../x",
        "https://169.254.169.254/latest/meta-data",
        "https://discord.com/api/users/@me",
    ],
)
def test_only_discords_own_web_hooks_are_called(target: str) -> None:
    """A target is an address that our servers would call."""
    assert refused(discord(), target)


@pytest.mark.parametrize(
    "target", [HOOK, HOOK.replace("discord.com", "discordapp.com"), HOOK.replace("/api/", "/api/v10/")]
)
def test_every_form_of_a_web_hook_is_taken(target: str) -> None:
    assert not refused(discord(), target)


@pytest.mark.parametrize(
    "target", ["alice", "a@b", "a b@example.com", "a@example.com\nBcc: x@y.zz", "<a@example.com>"]
)
def test_what_is_no_address_gets_no_mail(target: str) -> None:
    channel = MailChannel(dict, sender="x@example.com")

    assert refused(channel, target)
    assert not refused(channel, "alice+alerts@mail.example.com")


@given(TEXTS)
def test_telegrams_parser_takes_whatever_an_alert_says(text: str) -> None:
    """wire/alerts.md, 1.1: escaped, and read back it is what was said."""
    transport = Answers(httpx.Response(200, json={"ok": True, "result": {}}))
    said = line(text, Severity.CRITICAL)
    telegram(transport).send(TELEGRAM, [said], deadline())
    parsed = parse_html(transport.body()["text"])

    assert parsed.splitlines()[0] == "papertape: 1 alert, critical"
    assert parsed.partition("\n")[2] == f"🚨 {said.words}"


@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_every_message_fits_its_vendor(texts: list[str]) -> None:
    """4,096 after parsing at Telegram; 4,096 of a description at Discord."""
    lines = [line(text) for text in texts]
    for channel in (telegram(), discord()):
        taken = first_message(lines, length=channel.length, length_max=channel.length_max)
        assert taken == lines[: len(taken)]
        assert taken
    to_telegram = Answers(httpx.Response(200, json={"ok": True}))
    to_discord = Answers(httpx.Response(204))
    telegram(to_telegram).send(
        TELEGRAM,
        first_message(lines, length=telegram().length, length_max=telegram().length_max),
        deadline(),
    )
    discord(to_discord).send(
        HOOK, first_message(lines, length=discord().length, length_max=discord().length_max), deadline()
    )
    (embed,) = to_discord.body()["embeds"]

    assert len(parse_html(to_telegram.body()["text"]).encode("utf-16-le")) // 2 <= 4096
    assert len(embed["description"]) <= 4096
    assert len(embed["title"]) <= 256


def test_the_loudest_come_first_then_the_oldest() -> None:
    quiet = AlertLine(id=UUID(int=1), at=AT, severity=Severity.INFO, text="")
    loud = AlertLine(id=UUID(int=2), at=AT, severity=Severity.CRITICAL, text="")
    older = AlertLine(id=UUID(int=3), at=AT.replace(hour=9), severity=Severity.CRITICAL, text="")

    assert in_order([quiet, loud, older]) == [older, loud, quiet]


def test_a_question_is_asked_on_the_page() -> None:
    """A chat cannot answer."""
    asked = AlertLine(id=uuid4(), at=AT, severity=Severity.WARNING, text="Reset?", question="Was it reset?")

    assert asked.words == "Reset? (asks for your answer on the page)"


def test_telegrams_request_has_the_documented_fields() -> None:
    """The same fields as the fixture of a request."""
    if not FIXTURES.exists():
        pytest.skip("the shared fixtures are not beside the repository")
    documented = json.loads((FIXTURES / "telegram_send_request_html_derived.json").read_text("utf-8"))
    transport = Answers(httpx.Response(200, json={"ok": True, "result": {}}))
    telegram(transport).send(TELEGRAM, [line("<P&L>", Severity.INFO)], deadline())
    sent = transport.body()

    assert sent.keys() == documented.keys()
    assert (sent["parse_mode"], sent["link_preview_options"]) == ("HTML", {"is_disabled": True})
    assert transport.asked[0].url.path == f"/bot{BOT}/sendMessage"


def documented(name: str) -> Any:
    """Return one documented body; skips where the folder is not beside the repository."""
    path = FIXTURES / name
    if not path.exists():
        pytest.skip("the shared fixtures are not beside the repository")
    return json.loads(path.read_text("utf-8"))


def test_discords_request_has_documented_fields_alone() -> None:
    """A-01: an embed's title, words, colour and instant, nobody pinged."""
    known = documented("discord_execute_request_derived.json")
    transport = Answers(httpx.Response(204))
    discord(transport).send(HOOK, [line("@everyone")], deadline())
    sent = transport.body()
    (embed,), (known_embed,) = sent["embeds"], known["embeds"]

    assert sent.keys() <= known.keys()
    assert embed.keys() <= known_embed.keys()
    assert {name: type(embed[name]) for name in embed} == {name: type(known_embed[name]) for name in embed}
    assert len(embed["timestamp"]) == len(known_embed["timestamp"])
    assert sent["allowed_mentions"] == known["allowed_mentions"]


def test_what_a_vendor_tells_of_a_message_it_took_is_a_message_sent() -> None:
    """A-01: Discord's message, its bare 204 with an empty bucket, and Telegram's in a group."""
    bare = documented("discord_success_headers.json")
    of_discord = Answers(
        httpx.Response(200, json=documented("discord_message_docs.json")),
        httpx.Response(bare["http_status"], headers=bare["headers"]),
    )
    of_telegram = Answers(httpx.Response(200, json=documented("telegram_send_ok_group.json")))
    whole, paused = (discord(of_discord).send(HOOK, [line()], deadline()) for _ in range(2))

    assert (whole.verdict, whole.pause_seconds) == (Verdict.SENT, 0)
    assert (paused.verdict, paused.pause_seconds) == (Verdict.SENT, 1)
    assert telegram(of_telegram).send(TELEGRAM, [line()], deadline()).verdict is Verdict.SENT


VERDICTS = {
    400: Verdict.REFUSED,
    401: Verdict.GONE,
    403: Verdict.GONE,
    404: Verdict.GONE,
    429: Verdict.LATER,
    500: Verdict.LATER,
}


def recorded(name: str) -> list[dict[str, Any]]:
    """Return the vendors' own errors."""
    path = FIXTURES / name
    return json.loads(path.read_text("utf-8")) if path.exists() else []


@pytest.mark.parametrize(
    "error", recorded("telegram_errors.json"), ids=lambda error: error["body"]["description"]
)
def test_telegrams_errors_are_understood(error: dict[str, Any]) -> None:
    """Each documented error, once and again after a repetition."""
    answer = httpx.Response(error["http_status"], json=error["body"])
    words = error["body"]["description"]
    moved = "migrate_to_chat_id" in error["body"].get("parameters", {})
    transport = Answers(answer, httpx.Response(200, json={"ok": True, "result": {}}))
    delivery = telegram(transport).send(TELEGRAM, [line()], deadline())
    if moved or "can't parse" in words:
        assert delivery.verdict is Verdict.SENT
        assert delivery.moved_to == (f"{BOT}@-1000000000002" if moved else None)
        return
    expected = Verdict.GONE if "chat not found" in words else VERDICTS[error["http_status"]]

    assert delivery.verdict is expected
    assert delivery.reason == words
    asked_wait = error["body"].get("parameters", {}).get("retry_after", 60)
    assert delivery.retry_after_seconds == (asked_wait if expected is Verdict.LATER else None)
    assert len(transport.asked) == 1


@pytest.mark.parametrize("error", recorded("discord_errors.json"), ids=lambda error: str(error["body"])[:60])
def test_discords_errors_are_understood(error: dict[str, Any]) -> None:
    """400 is tried once more, shortened and plain; the wait of a 429 is in the body."""
    answer = httpx.Response(error["http_status"], json=error["body"], headers=error.get("headers"))
    transport = Answers(answer, answer)
    delivery = discord(transport).send(HOOK, [line("x" * 900) for _ in range(5)], deadline())

    assert delivery.verdict is VERDICTS[error["http_status"]]
    assert delivery.reason == error["body"]["message"]
    assert delivery.retry_after_seconds == error["body"].get("retry_after")
    if error["http_status"] == 400:
        assert len(transport.body(1)["content"]) <= 2000
        assert transport.body(1)["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_vendors_own_failure_is_tried_again(status: int) -> None:
    """Both vendors' notes: retry with backoff, at the price of telling something twice."""
    failed = httpx.Response(status, text="upstream trouble")
    by_hook = discord(Answers(failed)).send(HOOK, [line()], deadline())
    by_bot = telegram(Answers(failed)).send(TELEGRAM, [line()], deadline())

    assert (by_hook.verdict, by_hook.retry_after_seconds) == (Verdict.LATER, 60)
    assert (by_bot.verdict, by_bot.retry_after_seconds) == (Verdict.LATER, 60)


def test_a_front_ends_page_is_no_surprise() -> None:
    """A 429 without JSON has its wait in the header; a 200 that cannot be read is no success."""
    page = httpx.Response(429, text="<html>slow down</html>", headers={"Retry-After": "7"})
    waiting = discord(Answers(page)).send(HOOK, [line()], deadline())
    unreadable = telegram(Answers(httpx.Response(200, text="<html>"))).send(TELEGRAM, [line()], deadline())

    assert (waiting.verdict, waiting.retry_after_seconds) == (Verdict.LATER, 7)
    assert unreadable.verdict is Verdict.UNKNOWN


def test_an_empty_bucket_is_waited_for() -> None:
    """X-RateLimit-Reset-After is read, not assumed, and never waited for long."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.25"}
    sent = discord(Answers(httpx.Response(204, headers=headers))).send(HOOK, [line()], deadline())
    long = discord(Answers(httpx.Response(204, headers={**headers, "X-RateLimit-Reset-After": "900"}))).send(
        HOOK, [line()], deadline()
    )

    assert (sent.verdict, sent.pause_seconds, long.pause_seconds) == (Verdict.SENT, 1.25, 5)


@pytest.fixture
def ses() -> Iterator[str]:
    """moto's SES with a verified sender."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client_at(endpoint_url: str) -> Any:
    """Return a client that signs with words."""
    return ses_client(endpoint_url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_a_mail_is_sent_by_ses(ses: str) -> None:
    """A plain text with a line for each alert; an unverified sender is refused, with SES' own reason."""
    channel = MailChannel(lambda: client_at(ses), sender="alerts@example.com")
    refusal = channel.send("alice@example.com", [line("stop gone")], deadline())
    client_at(ses).create_email_identity(EmailIdentity="alerts@example.com")
    sent = channel.send(
        "alice@example.com", [line("stop gone", Severity.CRITICAL), line("and this")], deadline()
    )
    (message,) = httpx.get(f"{ses}/moto-api/data.json").json()["ses"]["Message"]

    assert refusal.verdict is Verdict.REFUSED
    assert "alerts@example.com" in str(refusal.reason)
    assert sent.verdict is Verdict.SENT
    assert message["subject"] == "papertape: 2 alerts, critical"
    assert message["body"].splitlines()[0] == "2026-02-19 15:00:00 UTC  critical  stop gone"


class Failing:
    """A client of SES that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_email(self, **_: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "SendEmail"), Verdict.LATER),
        (ClientError({"Error": {"Code": "MessageRejected", "Message": "no"}}, "SendEmail"), Verdict.REFUSED),
        (ClientError({"Error": {"Code": "InternalServiceError"}}, "SendEmail"), Verdict.UNKNOWN),
        (ConnectTimeoutError(endpoint_url="https://email"), Verdict.LATER),
        (ReadTimeoutError(endpoint_url="https://email"), Verdict.UNKNOWN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_trouble_with_ses_says_what_is_known(error: Exception, verdict: Verdict) -> None:
    channel = MailChannel(lambda: Failing(error), sender="alerts@example.com")

    assert channel.send("alice@example.com", [line()], deadline()).verdict is verdict


def test_mail_needs_the_operators_sender() -> None:
    refusal = MailChannel(dict, sender=None).send("alice@example.com", [line()], deadline())

    assert (refusal.verdict, "sender" in str(refusal.reason)) == (Verdict.REFUSED, True)


def test_no_error_text_holds_a_token() -> None:
    """The token is in the path: no connection, no deadline, no verdict repeats it."""

    class Down(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError(f"cannot reach {request.url}", request=request)

    for channel, target in ((telegram(Down()), TELEGRAM), (discord(Down()), HOOK)):
        delivery = channel.send(target, [line()], deadline())
        assert delivery.verdict is Verdict.LATER
        assert not any(secret in repr(delivery) for secret in (BOT, "hook-of-alice"))
